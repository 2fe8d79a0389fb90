#!/usr/bin/env python3
"""Measures quality on real corpora, and writes the tables of benches/QUALITY.md anew.

    python3.11 benches/quality/run.py --program target/release/twicetold DIR [--only SECTION...] [--peers]

DIR has a directory for each corpus: `docs.jsonl` or `docs.jsonl.zst`, of records with `id` and `text` and perhaps
`source`, `date` and `title`; beside it perhaps `exact_jaccard*.tsv` (id1, id2, jaccard; possibly `.zst`) and
`adjudicated_pairs.tsv` (id1, id2, label: `template`, or what tells the same). What a person read and judged stays on the
page as it is: a table is replaced between the marks `<!-- NAME -->` and `<!-- end -->`, and nothing else.

With --peers other deduplicators are measured on the same corpora, too; see benches/peers/README.md.
"""

import argparse
import dataclasses
import pathlib
import subprocess
import sys
import tempfile

import containment
import exactness
import paragraphs
import presets
import relations
import stories

HERE = pathlib.Path(__file__).resolve().parent
PAGE = HERE.parent / "QUALITY.md"

# Each makes a table, given the program and the corpora; in the order of the page.
SECTIONS = {
    "exactness": exactness.table,
    "presets": presets.table,
    "relations": relations.table,
    "stories": stories.table,
    "paragraphs": paragraphs.table,
    "containment": containment.table,
}


@dataclasses.dataclass(frozen=True)
class Corpus:
    """A corpus, unpacked."""

    name: str
    documents: pathlib.Path
    # What came with it.
    directory: pathlib.Path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path, metavar="DIR")
    parser.add_argument("--program", type=pathlib.Path, default=pathlib.Path("target/release/twicetold"))
    parser.add_argument("--only", nargs="*", metavar="SECTION", help=f"of {', '.join(SECTIONS)} these only")
    parser.add_argument("--corpora", nargs="+", metavar="NAME", help="these corpora only")
    parser.add_argument("--peers", nargs="*", metavar="PEER", help="measure other deduplicators, too: all, or these")
    options = parser.parse_args()
    program = options.program.resolve()
    with tempfile.TemporaryDirectory() as work:
        corpora = opened(options.data, options.corpora, pathlib.Path(work))
        for name, table in SECTIONS.items():
            if options.only is None or name in options.only:
                print(f"measuring {name}", file=sys.stderr)
                replace(name, table(program, corpora))
        if options.peers is not None:
            print("measuring peers", file=sys.stderr)
            replace("peers", peers(program, corpora, options.peers))


def opened(data, names, work):
    """The corpora of a directory, unpacked into `work` where they are packed."""
    corpora = []
    for directory in sorted(path for path in data.iterdir() if path.is_dir()):
        if names and directory.name not in names:
            continue
        plain, packed = directory / "docs.jsonl", directory / "docs.jsonl.zst"
        if packed.exists():
            plain = work / f"{directory.name}.jsonl"
            with plain.open("wb") as out:
                subprocess.run(["zstd", "-dcq", packed], check=True, stdout=out)
        if plain.exists():
            corpora.append(Corpus(directory.name, plain, directory))
    if not corpora:
        sys.exit(f"{data}: no directory in it holds docs.jsonl or docs.jsonl.zst")
    return corpora


def peers(program, corpora, names):
    command = [sys.executable, HERE.parent / "peers" / "real.py", "--twicetold", program]
    command += [corpus.documents for corpus in corpora]
    command += ["--only", *names] if names else []
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def replace(name, table):
    """Puts a table between the marks of its name."""
    page = PAGE.read_text(encoding="utf-8")
    before, mark, rest = page.partition(f"<!-- {name} -->\n")
    _, end, behind = rest.partition("<!-- end -->")
    if not mark or not end:
        sys.exit(f"{PAGE}: there is no place marked <!-- {name} --> ... <!-- end -->")
    PAGE.write_text(f"{before}{mark}\n{table.strip()}\n\n{end}{behind}", encoding="utf-8")


if __name__ == "__main__":
    main()
