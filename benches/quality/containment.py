"""Items of 60 words planted in pages: `--against ITEMS --contained` finds how many, and flags what else?

The items are passages of every 50th document; each is put between 60 words of another. What it should find is counted here
over sets of five consecutive words, which shares no code with the program.
"""

import json
import pathlib
import re
import tempfile

from calls import lines, run

WORDS, CONTAINMENT = 60, 0.8


def shingles(text):
    words = re.findall(r"[^\W_]+", text.lower())
    return set(zip(*(words[start:] for start in range(5))))


def table(program, corpora):
    made = [
        "| corpus | items | planted | found | pages without one | of these flagged | and hold less than 0.8 |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for corpus in corpora:
        texts = [record["text"] for record in lines(corpus.documents)]
        long = [text.split() for text in texts if len(text.split()) >= 3 * WORDS]
        if len(long) < 200:
            continue
        items = [" ".join(words[WORDS : 2 * WORDS]) for words in long[::50]]
        hosts = [words for place, words in enumerate(long) if place % 50]
        pages = [" ".join(hosts[place][:WORDS] + item.split() + hosts[place][WORDS : 2 * WORDS]) for place, item in enumerate(items)]
        clean = [" ".join(words[: 2 * WORDS]) for words in hosts[len(items) :]]
        with tempfile.TemporaryDirectory() as directory:
            reference, documents = (pathlib.Path(directory) / name for name in ("items.jsonl", "pages.jsonl"))
            write(reference, ((f"item{number}", item) for number, item in enumerate(items)))
            planted = ((f"page{number}", page) for number, page in enumerate(pages))
            write(documents, [*planted, *((f"clean{number}", page) for number, page in enumerate(clean))])
            flags = ("--against", reference, "--contained", "--mode", "list", "--threshold", 1)
            with run(program, "dedup", documents, *flags) as (out, _):
                held = [(line["id"], line["item_id"]) for line in lines(out / "contained.jsonl")]
        found = len({id for id, item in held if id.startswith("page") and item == f"item{id[4:]}"})
        flagged = [(int(id[5:]), int(item[4:])) for id, item in held if id.startswith("clean")]
        wrong = sum(not is_held(items[item], clean[page]) for page, item in flagged)
        made.append(
            f"| {corpus.name} | {len(items):,} | {len(pages):,} | {found:,} | {len(clean):,} "
            f"| {len({page for page, _ in flagged}):,} | {wrong} |"
        )
    return "\n".join(made)


def is_held(item, page):
    """Whether one has enough of the other."""
    a, b = shingles(item), shingles(page)
    return len(a & b) >= CONTAINMENT * min(len(a), len(b))


def write(path, records):
    path.write_text("".join(json.dumps({"id": id, "text": text}) + "\n" for id, text in records), encoding="utf-8")
