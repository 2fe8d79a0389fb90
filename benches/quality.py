#!/usr/bin/env python3
"""Measures the promises on real corpora: what was missed, and what was removed without cause.

    benches/quality.py --program target/release/twicetold CORPUS... > table.md

For each corpus and threshold it runs `twicetold truth`, the exact join of all pairs, and `twicetold dedup`, and
counts: pairs at or above the threshold; those of which both documents were kept; removals; and removals whose
similarity to the kept document they name, looked up in the exact join, is below the threshold. Where a corpus
comes with a table of its pairs (`exact_jaccard*.tsv`, possibly `.zst`), the exact join is compared with it too.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile


def truth(program, corpus, threshold):
    command = [program, "truth", corpus, "--threshold", str(threshold), "--quiet"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    pairs = {}
    for line in lines:
        first, second, jaccard, _ = line.split("\t")
        pairs[frozenset((first, second))] = float(jaccard)
    return pairs


def dedup(program, corpus, threshold):
    with tempfile.TemporaryDirectory() as directory:
        command = [program, "dedup", corpus, "-o", f"{directory}/out", "--threshold", str(threshold), "--quiet"]
        subprocess.run(command, check=True)
        removed = [json.loads(line) for line in open(f"{directory}/out/removed.jsonl", encoding="utf-8")]
        summary = json.load(open(f"{directory}/out/summary.json", encoding="utf-8"))
        return removed, summary


def published(corpus):
    """The pairs of a table that came with the corpus, or none."""
    for path in sorted(pathlib.Path(corpus).glob("exact_jaccard*.tsv*")):
        if path.suffix == ".zst":
            text = subprocess.run(["zstd", "-dcq", path], check=True, capture_output=True, text=True).stdout
        else:
            text = path.read_text(encoding="utf-8")
        rows = [line.split("\t") for line in text.splitlines()[1:]]
        return {frozenset(row[:2]): float(row[2]) for row in rows}
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpora", nargs="+")
    parser.add_argument("--program", default="target/release/twicetold")
    parser.add_argument("--thresholds", default="0.7,0.8,0.9")
    arguments = parser.parse_args()

    print("| corpus | documents | threshold | pairs | both kept | share | allowed | removed | unjustified |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    failed = False
    notes = []
    for corpus in arguments.corpora:
        name = pathlib.Path(corpus).name
        table = published(corpus)
        for threshold in map(float, arguments.thresholds.split(",")):
            pairs = truth(arguments.program, corpus, threshold)
            removed, summary = dedup(arguments.program, corpus, threshold)
            gone = {line["id"] for line in removed}
            missed = sum(1 for pair in pairs if not pair & gone)
            unjustified = sum(
                1
                for line in removed
                if line["similarity"] < threshold
                or line["kept_id"] in gone
                or frozenset((line["id"], line["kept_id"])) not in pairs
            )
            share = missed / len(pairs) if pairs else 0.0
            allowed = 1 - summary["parameters"]["recall"]
            failed |= share > allowed or unjustified > 0
            print(
                f"| {name} | {summary['documents']['read']:,} | {threshold} | {len(pairs):,} | {missed} "
                f"| {share:.5f} | {allowed:.2f} | {len(removed):,} | {unjustified} |"
            )
            if table is not None:
                other = {pair for pair, jaccard in table.items() if jaccard >= threshold}
                far = [p for p in other ^ set(pairs) if abs(table.get(p, pairs.get(p)) - threshold) > 0.03]
                notes.append(
                    f"{name} at {threshold}: {len(other):,} pairs in the published table, {len(pairs):,} here, "
                    f"{len(other & set(pairs)):,} in both; of the others {len(far)} lie more than 0.03 from the threshold."
                )
    print()
    for note in notes:
        print(f"- {note}")
    if failed:
        sys.exit("a promise was broken: see the table")


if __name__ == "__main__":
    main()
