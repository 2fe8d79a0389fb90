"""`stories`: how many there are, and what it makes of pairs and clusters that were labelled."""

import json
import pathlib

from calls import answer, lines, rows, run, summary

CORPORA = pathlib.Path(__file__).resolve().parents[2] / "corpora"


def table(program, corpora):
    made = [
        "| corpus | documents | stories told again | documents in them | the largest | forms not linked | forms in one story | told again in one story |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for corpus in corpora:
        with run(program, "stories", corpus.documents) as (out, _):
            figures, found = summary(out), lines(out / "stories.jsonl")
        story_of = {
            member["id"]: number
            for number, story in enumerate(found)
            for member in [story["origin"], *story["members"]]
        }
        judged = {True: [0, 0], False: [0, 0]}
        adjudicated = corpus.directory / "adjudicated_pairs.tsv"
        for row in rows(adjudicated) if adjudicated.exists() else ():
            is_form = row[2] == "template"
            judged[is_form][0] += 1
            judged[is_form][1] += story_of.get(row[0], -1) == story_of.get(row[1], -2)
        of = [f"{linked} of {all}" if all else "" for all, linked in (judged[True], judged[False])]
        not_linked = figures["not_linked"]
        made.append(
            f"| {corpus.name} | {figures['documents']['read']:,} | {figures['stories_retold']:,} | {len(story_of):,} "
            f"| {figures['largest_story']:,} | {not_linked['templates'] + not_linked['forms']:,} | {of[0]} | {of[1]} |"
        )
    newswire = CORPORA / "newswire"
    with run(program, "stories", newswire / "articles") as (out, _):
        figures = answer(program, "eval", out, "--labels", newswire / "labels.jsonl", "--label-field", "story")["figures"]
    names = ("pair_precision", "pair_recall", "b_cubed_f1")
    shown = ", ".join(f"{name.replace('_', ' ')} {figures[name]['value']:.3f}" for name in names)
    return "\n".join([*made, "", f"`corpora/newswire` by `twicetold eval`: {shown}."])
