"""Every preset on every corpus: what it removes, what it measures of its own recall, and what it costs."""

from calls import run, summary

PRESETS = ("web", "news", "code", "short", "ocr")


def table(program, corpora):
    made = [
        "| corpus | preset | shingle | threshold | removed | recall measured | of pairs | CPU to `web` |",
        "|---|---|---|--:|--:|--:|--:|--:|",
    ]
    for corpus in corpora:
        base = None
        for preset in PRESETS:
            with run(program, "dedup", corpus.documents, "--preset", preset) as (out, seconds):
                figures = summary(out)
            base = base or seconds
            asked, audit = figures["parameters"], figures.get("audit", {})
            recall = audit.get("measured_recall")
            removed = figures["documents"]["removed"] / figures["documents"]["read"]
            made.append(
                f"| {corpus.name} | {preset} | {asked['shingle']} | {asked['threshold']} | {100 * removed:.1f} % "
                f"| {'' if recall is None else f'{recall:.4f}'} | {audit.get('similar', 0):,} | {seconds / base:.2f} |"
            )
    return "\n".join(made)
