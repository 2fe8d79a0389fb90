"""Forms told from stories: pairs that were labelled, as `explain` judges them."""

import json
import pathlib
import tempfile

from calls import answer, lines, rows

CORPORA = pathlib.Path(__file__).resolve().parents[2] / "corpora"


def table(program, corpora):
    made = [
        "| pairs | forms | called so | others | called forms |",
        "|---|--:|--:|--:|--:|",
    ]
    for name, pairs in labelled(corpora):
        counts = {True: [0, 0], False: [0, 0]}
        for is_form, a, b in pairs:
            counts[is_form][0] += 1
            counts[is_form][1] += called_form(program, a, b)
        (forms, right), (others, wrong) = counts[True], counts[False]
        made.append(f"| {name} | {forms} | {right} | {others} | {wrong} |")
    return "\n".join(made)


def labelled(corpora):
    """Names of sets of pairs, and of each pair whether it is a form filled in twice, and both texts."""
    pairs = lines(CORPORA / "forms" / "pairs.jsonl")
    yield "corpora/forms", [(pair["kind"] == "template", pair["a"], pair["b"]) for pair in pairs]
    texts = {}
    for path in sorted((CORPORA / "newswire" / "articles").iterdir()):
        texts |= {record["id"]: record["text"] for record in lines(path)}
    labels = [label for label in lines(CORPORA / "newswire" / "labels.jsonl") if label["of"]]
    pairs = [(label["role"] == "template", texts[label["id"]], texts[label["of"]]) for label in labels]
    yield "corpora/newswire", pairs
    for corpus in corpora:
        adjudicated = corpus.directory / "adjudicated_pairs.tsv"
        if adjudicated.exists():
            judged = rows(adjudicated)
            wanted = {id for row in judged for id in row[:2]}
            texts = {record["id"]: record["text"] for record in lines(corpus.documents) if record["id"] in wanted}
            yield corpus.name, [(row[2] == "template", texts[row[0]], texts[row[1]]) for row in judged]


def called_form(program, a, b):
    with tempfile.TemporaryDirectory() as directory:
        paths = [pathlib.Path(directory) / name for name in ("a.txt", "b.txt")]
        for path, text in zip(paths, (a, b)):
            path.write_text(text, encoding="utf-8")
        return answer(program, "explain", *paths)["relation"] == "template"
