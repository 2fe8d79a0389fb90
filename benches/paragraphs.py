#!/usr/bin/env python3
"""What `--paragraphs remove` leaves and takes, on a corpus of JSON Lines with ids of their own.

    benches/paragraphs.py PROGRAM CORPUS.jsonl [--sample N]

Prints the share of words in lines of ten words and more that the clean corpus holds a second time; of the pages whose
opening paragraph stands in other pages, but opens none of them, how many lost it; and with --sample, N removed lines with
their page, for a person to judge. Words are compared in lower case, without what is between them.
"""
import argparse
import collections
import json
import pathlib
import random
import re
import subprocess
import tempfile


def words(line):
    return tuple(re.findall(r"\w+", line.lower()))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("corpus", type=pathlib.Path)
    parser.add_argument("--sample", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as out:
        call = [options.program, "dedup", options.corpus, "-o", out, "--paragraphs", "remove", "--no-report", "--overwrite", "-q"]
        subprocess.run(call, check=True)
        with open(f"{out}/clean/{options.corpus.name}", encoding="utf-8") as lines:
            kept = {record["id"]: record["text"].splitlines() for record in map(json.loads, lines)}
        paragraphs = json.load(open(f"{out}/summary.json", encoding="utf-8"))["paragraphs"]
    print(json.dumps(paragraphs))
    texts, titles = {}, {}
    with open(options.corpus, encoding="utf-8") as lines:
        for record in map(json.loads, lines):
            if record["id"] in kept and record["id"] not in texts:
                texts[record["id"]] = record["text"].splitlines()
                titles[record["id"]] = record.get("title", "")

    seen, total, repeated = set(), 0, 0
    for line in (line for text in kept.values() for line in text):
        found = words(line)
        total += len(found)
        if len(found) >= 10:
            repeated += len(found) * (found in seen)
            seen.add(found)
    print(f"words {total:,}, in repeated lines of ten words and more {repeated:,}: {100 * repeated / total:.3f} %")

    long = {name: [words(line) for line in text if len(words(line)) >= 10] for name, text in texts.items()}
    places = collections.defaultdict(list)
    for name, paragraphs in long.items():
        for place, paragraph in enumerate(paragraphs):
            places[paragraph].append((name, place))
    inside = lost = 0
    for name, paragraphs in long.items():
        others = [place for other, place in places[paragraphs[0]] if other != name] if paragraphs else []
        if others and min(others) > 0:
            inside += 1
            lost += paragraphs[0] not in set(map(words, kept[name]))
    print(f"openings that stand inside other pages {inside}, lost {lost}")

    removed = []
    for name, text in texts.items():
        left = collections.Counter(kept[name])
        for place, line in enumerate(text):
            left[line] -= 1
            if line.strip() and left[line] < 0:
                removed.append((name, place))
    short = sum(len(words(texts[name][place])) < 10 for name, place in removed)
    print(f"removed lines {len(removed):,}, of fewer than ten words {short:,}")
    for name, place in random.Random(7).sample(removed, min(options.sample, len(removed))):
        text = texts[name]
        print(f"\n{titles[name]}: line {place + 1} of {len(text)}\n  {text[place][:150]}")


if __name__ == "__main__":
    main()
