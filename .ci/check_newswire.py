"""Checks the figures of the README's main command against the corpus's labels."""

import json
import pathlib
import sys

output, labels = map(pathlib.Path, sys.argv[1:])
labels = {line["id"]: line for line in map(json.loads, labels.read_text(encoding="utf-8").splitlines())}
summary = json.loads((output / "summary.json").read_text(encoding="utf-8"))
removed = [json.loads(line) for line in (output / "removed.jsonl").read_text(encoding="utf-8").splitlines()]
kept = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in (output / "clean").iterdir())

counts = summary["documents"]
assert counts["read"] == len(labels) == kept + len(removed), (counts, kept, len(removed))
assert (counts["kept"], counts["removed"], counts["rejected"]) == (kept, len(removed), 0), counts
wrong = [line for line in removed if labels[line["id"]]["story"] != labels[line["kept_id"]]["story"]]
assert not wrong, wrong
gone = {line["id"] for line in removed}
# With the earliest telling kept, whatever the labels say is at least 0.8 similar to its origin goes.
left = [id for id, label in labels.items() if (label["jaccard"] or 0) >= 0.8 and id not in gone and label["of"] not in gone]
assert not left, left
print(f"{counts['read']} read, {kept} kept, {len(removed)} removed: as labelled")
