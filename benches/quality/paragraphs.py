#!/usr/bin/env python3
"""What `--paragraphs remove` leaves and takes, on a corpus of JSON Lines with ids of their own.

    benches/quality/paragraphs.py PROGRAM CORPUS.jsonl [--sample N]

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

from calls import lines, run, summary

# Words of a line that is compared with those of other pages.
LONG = 10


def words(line):
    return tuple(re.findall(r"\w+", line.lower()))


def measure(program, corpus):
    """What a run leaves: counts, and the lines that it took out, as (id, title, place, lines of the text)."""
    with run(program, "dedup", corpus, "--paragraphs", "remove") as (out, _):
        kept = {record["id"]: record["text"].splitlines() for record in lines(out / "clean" / corpus.name)}
        counts = summary(out)["paragraphs"]
    texts, titles = {}, {}
    for record in lines(corpus):
        if record["id"] in kept and record["id"] not in texts:
            texts[record["id"]] = record["text"].splitlines()
            titles[record["id"]] = record.get("title", "")

    seen, total, repeated = set(), 0, 0
    for line in (line for text in kept.values() for line in text):
        found = words(line)
        total += len(found)
        if len(found) >= LONG:
            repeated += len(found) * (found in seen)
            seen.add(found)

    long = {name: [words(line) for line in text if len(words(line)) >= LONG] for name, text in texts.items()}
    places = collections.defaultdict(list)
    for name, found in long.items():
        for place, paragraph in enumerate(found):
            places[paragraph].append((name, place))
    inside = lost = 0
    for name, found in long.items():
        others = [place for other, place in places[found[0]] if other != name] if found else []
        if others and min(others) > 0:
            inside += 1
            lost += found[0] not in set(map(words, kept[name]))

    removed = []
    for name, text in texts.items():
        left = collections.Counter(kept[name])
        for place, line in enumerate(text):
            left[line] -= 1
            if line.strip() and left[line] < 0:
                removed.append((name, titles[name], place, text))
    return {"words": total, "repeated": repeated, "inside": inside, "lost": lost, "counts": counts}, removed


def table(program, corpora):
    made = [
        "| corpus | words in repeated lines of ten words and more | openings inside other pages, lost | lines removed | of fewer than ten words | documents emptied; below a tenth |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for corpus in corpora:
        found, removed = measure(program, corpus.documents)
        share = 100 * found["repeated"] / max(found["words"], 1)
        short = sum(len(words(text[place])) < LONG for _, _, place, text in removed)
        counts = found["counts"]
        made.append(
            f"| {corpus.name} | {share:.3f} % | {found['inside']}, {found['lost']} | {len(removed):,} | {short:,} "
            f"| {counts['documents_emptied']}; {counts['documents_below_tenth']} |"
        )
    return "\n".join(made)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("corpus", type=pathlib.Path)
    parser.add_argument("--sample", type=int, default=0)
    options = parser.parse_args()
    found, removed = measure(options.program, options.corpus)
    print(json.dumps(found))
    for _, title, place, text in random.Random(7).sample(removed, min(options.sample, len(removed))):
        print(f"\n{title}: line {place + 1} of {len(text)}\n  {text[place][:150]}")


if __name__ == "__main__":
    main()
