"""The table of results as Markdown."""

from judge import BINS


def markdown(results):
    """The results, as `run.py` writes them as JSON, as a table with its notes."""
    bins = [name for name, _, _ in BINS]
    head = ["program", "version", "docs", "CPU s", "CPU s/GB", "÷ `wc -w`", "wall s", "memory MB", "anon. MB"]
    head += [f"{name} %" for name in bins] + ["removed", "false", "unjustified"]
    lines = [_row(head), _row(["---"] * 2 + ["--:"] * (len(head) - 2))]
    lines += [_row(_cells(run, bins)) for run in results["runs"]]
    notes = [f"- {run['name']}: {run['what']}." for run in results["runs"] if run["what"]]
    notes += [
        f"- **{run['name']} failed**: {run['error'].splitlines()[-1]}"
        for run in results["runs"]
        if run["error"]
    ]
    return "\n".join([*_about(results), "", *lines, "", *notes, ""])


def _about(results):
    machine, parameters = results["machine"], results["parameters"]
    yield f"{results['date']}, {machine['cpu']}, {machine['cores']} cores, {machine['memory_gb']:.0f} GB, "
    yield f"{machine['system']}, Python {machine['python']}; each run on {parameters['cpus']} CPU."
    yield ""
    for name, corpus in results["corpora"].items():
        sizes = ", ".join(f"{bin} {count}" for bin, count in corpus["planted_copies"].items())
        yield (
            f"Corpus `{name}`: {corpus['documents']:,} documents, {corpus['bytes'] / 1e6:.1f} MB, "
            f"`{corpus['command']}`; planted copies by Jaccard similarity: {sizes}."
        )
    yield ""
    yield (
        f"Percentages: detected planted copies by their exact Jaccard similarity. The threshold is "
        f"{parameters['threshold']}; below it fewer are better. CPU: user and system of all processes, "
        f"median of up to {parameters['repeats']} runs. Memory: peak resident, and the part that is not of "
        f"files. False: removed, not a planted copy, and below the threshold to everything kept. "
        f"Unjustified: the same, planted copies included."
    )


def _cells(run, bins):
    yield run["name"]
    yield run["version"] or ""
    yield f"{run['documents']:,}" + (" (a tenth)" if run["corpus"] == "tenth" else "")
    if run["cpu_seconds"] is None:
        yield from ["failed"] + [""] * (len(bins) + 8)
        return
    bound = "> " if run["error"] else ""
    yield f"{bound}{run['cpu_seconds']:.2f}"
    yield f"{bound}{run['cpu_seconds_per_gb']:.1f}"
    yield f"{bound}{run['times_wc']:.2f}"
    yield f"{bound}{run['wall_seconds']:.2f}"
    yield f"{run['resident_bytes'] / 1e6:.0f}"
    yield f"{run['anonymous_bytes'] / 1e6:.0f}"
    verdict = run["verdict"]
    if verdict is None:
        yield from [""] * (len(bins) + 3)
        return
    for name in bins:
        share = verdict["detected"][name]
        yield "" if share is None else f"{100 * share:.1f}"
    for count in ("removed", "false_removals", "unjustified_removals"):
        yield f"{verdict[count]:,}"


def _row(cells):
    return "| " + " | ".join(cells) + " |"
