"""Promises held to the exact join of all pairs: what was missed, and what was removed without cause."""

from calls import answer_lines, lines, rows, run, summary

THRESHOLDS = (0.7, 0.8, 0.9)


def table(program, corpora):
    """Counts, for each corpus and threshold.

    Pairs at or above the threshold; those of which both documents were kept; removals; and removals whose similarity to the
    kept document that they name, looked up in the exact join, is below the threshold, or that name one that was not kept.
    Where a corpus came with a table of its pairs, the exact join is compared with it too.
    """
    made = [
        "| corpus | documents | threshold | pairs | both kept | share | allowed | removed | unjustified |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    notes = []
    for corpus in corpora:
        published = published_pairs(corpus)
        for threshold in THRESHOLDS:
            pairs = exact_pairs(program, corpus, threshold)
            with run(program, "dedup", corpus.documents, "--threshold", threshold) as (out, _):
                removed, figures = lines(out / "removed.jsonl"), summary(out)
            gone = {line["id"] for line in removed}
            missed = sum(not pair & gone for pair in pairs)
            unjustified = sum(
                line["similarity"] < threshold
                or line["kept_id"] in gone
                or frozenset((line["id"], line["kept_id"])) not in pairs
                for line in removed
            )
            share = missed / len(pairs) if pairs else 0.0
            allowed = 1 - figures["parameters"]["recall"]
            broken = " **broken**" if share > allowed or unjustified else ""
            made.append(
                f"| {corpus.name} | {figures['documents']['read']:,} | {threshold} | {len(pairs):,} | {missed} "
                f"| {share:.5f} | {allowed:.2f} | {len(removed):,} | {unjustified}{broken} |"
            )
            if published is not None:
                other = {pair for pair, jaccard in published.items() if jaccard >= threshold}
                apart = [abs(published.get(pair, pairs.get(pair)) - threshold) for pair in other ^ set(pairs)]
                notes.append(
                    f"- {corpus.name} at {threshold}: {len(other):,} pairs in the published table, {len(pairs):,} here, "
                    f"{len(other & set(pairs)):,} in both; of the others {sum(far > 0.03 for far in apart)} lie more than "
                    f"0.03 from the threshold."
                )
    return "\n".join([*made, "", *notes])


def exact_pairs(program, corpus, threshold):
    """All similar pairs of ids, with their similarity."""
    found = answer_lines(program, "truth", corpus.documents, "--threshold", threshold)
    return {frozenset((pair["a"], pair["b"])): pair["jaccard"] for pair in found}


def published_pairs(corpus):
    """The pairs of a table that came with the corpus, or none."""
    for path in sorted(corpus.directory.glob("exact_jaccard*.tsv*")):
        return {frozenset(row[:2]): float(row[2]) for row in rows(path)}
    return None
