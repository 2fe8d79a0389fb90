#!/usr/bin/env python3
"""Draws the results that run.py wrote: CPU seconds a gigabyte as bars on a logarithmic scale, with recall.

python3 plot.py peers.json peers.svg
"""

import argparse
import json
import math
from html import escape
from pathlib import Path

WIDTH, LEFT, RIGHT = 920, 225, 265
TOP, ROW, BAR, BOTTOM = 76, 27, 16, 78

# Bins at or above the threshold: what a deduplicator is asked to find.
WANTED_BINS = ("0.8-0.9", "0.9-1.0", "exact")

# Opaque, so that it can be read on a page of either colour whatever the reader's system prefers.
STYLE = """
text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328; }
.title { font-size: 15px; font-weight: 600; }
.quiet { fill: #59636e; }
.small { font-size: 11.5px; }
.own { font-weight: 600; }
.label { paint-order: stroke; stroke: #ffffff; stroke-width: 5px; }
.ground { fill: #ffffff; stroke: #d1d9e0; }
.grid { stroke: #d1d9e0; }
.mark { stroke: #59636e; stroke-dasharray: 3 3; }
.bar-own { fill: #0969da; }
.bar-peer { fill: #bf8700; }
.bar-reference { fill: #8c959f; }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc; }
  .quiet { fill: #9198a1; }
  .label { stroke: #0d1117; }
  .ground { fill: #0d1117; stroke: #3d444d; }
  .grid { stroke: #3d444d; }
  .mark { stroke: #9198a1; }
  .bar-own { fill: #4493f8; }
  .bar-peer { fill: #d29922; }
  .bar-reference { fill: #656c76; }
}
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, help="the table as JSON")
    parser.add_argument("picture", type=Path, help="the SVG to write")
    arguments = parser.parse_args()
    results = json.loads(arguments.results.read_text())
    arguments.picture.write_text(draw(results))


def draw(results):
    """The results as an SVG."""
    rows = rows_of(results)
    costs = [row["cpu_seconds_per_gb"] for row in rows if row["cpu_seconds_per_gb"]]
    low = math.floor(math.log10(min(costs)))
    high = max(math.ceil(math.log10(max(costs))), low + 1)
    height = TOP + ROW * len(rows) + BOTTOM
    bottom = TOP + ROW * len(rows)

    def x(cost):
        return LEFT + (math.log10(cost) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" role="img" aria-label="{escape(spoken(rows))}">',
        f"<style>{STYLE}</style>",
        f'<rect class="ground" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="6"/>',
        text(20, 28, "CPU seconds for one gigabyte of JSONL", "title"),
        text(20, 48, subtitle(results), "quiet small"),
    ]
    for exponent in range(low, high + 1):
        tick = x(10**exponent)
        parts.append(f'<line class="grid" x1="{tick:.1f}" x2="{tick:.1f}" y1="{TOP - 8}" y2="{bottom}"/>')
        parts.append(text(tick, bottom + 18, f"{10**exponent:g}", "quiet small", "middle"))
    parts.append(
        text((LEFT + WIDTH - RIGHT) / 2, bottom + 36, "seconds, logarithmic scale", "quiet small", "middle")
    )
    for number, row in enumerate(rows):
        parts += bar(row, TOP + ROW * number, x, x(10**low), results["parameters"]["threshold"])
    counting = next((row["cpu_seconds_per_gb"] for row in rows if row["name"] == "wc -w"), None)
    if counting:
        parts.append(
            f'<line class="mark" x1="{x(counting):.1f}" x2="{x(counting):.1f}" y1="{TOP - 8}" y2="{bottom}"/>'
        )
    parts.append(text(20, height - 16, footnote(results), "quiet small"))
    return "\n".join([*parts, "</svg>"]) + "\n"


def rows_of(results):
    """One row a program, the cheapest first, those that failed last."""
    rows = []
    for run in results["runs"]:
        kind = "peer"
        if run["name"].startswith("twicetold"):
            kind = "own"
        elif run["name"].startswith("`") or run["name"].startswith("Python"):
            kind = "reference"
        # References read both corpora; the whole one is shown.
        if kind == "reference" and run["corpus"] != "full":
            continue
        name = run["name"].replace("`", "")
        sizes = results["corpora"][run["corpus"]]["planted_copies"]
        rows.append(run | {"name": name, "kind": kind, "recall": recall(run["verdict"], sizes)})
    return sorted(rows, key=lambda row: (row["cpu_seconds_per_gb"] is None, row["cpu_seconds_per_gb"] or 0))


def recall(verdict, sizes):
    """The share of planted copies at or above the threshold that was detected."""
    if verdict is None:
        return None
    wanted = sum(sizes[name] for name in WANTED_BINS)
    found = sum(sizes[name] * (verdict["detected"][name] or 0) for name in WANTED_BINS)
    return found / wanted if wanted else None


def bar(row, top, x, origin, threshold):
    """The parts that show one program."""
    middle = top + ROW / 2 + 4
    own = "own" if row["kind"] == "own" else ""
    yield text(LEFT - 10, middle, row["name"], own or ("quiet" if row["kind"] == "reference" else ""), "end")
    cost = row["cpu_seconds_per_gb"]
    if cost is None:
        yield text(LEFT + 6, middle, "failed", "quiet")
        return
    yield (
        f'<rect class="bar-{row["kind"]}" x="{origin:.1f}" y="{top + (ROW - BAR) / 2:.1f}" '
        f'width="{max(x(cost) - origin, 1):.1f}" height="{BAR}" rx="2"/>'
    )
    label = f"{'over ' if row['error'] else ''}{readable(cost)} s"
    if row["recall"] is not None:
        below = row["verdict"]["unjustified_removals"] / max(row["verdict"]["removed"], 1)
        label += f" · finds {percent(row['recall'])} · {percent(below)} below {threshold}"
    yield text(x(cost) + 8, middle, label, f"label {own}")


def readable(cost):
    return f"{cost:.0f}" if cost >= 100 else f"{cost:.2g}"


def percent(share):
    """A share with one decimal, and 0 and 100 for these values alone."""
    if share in (0, 1):
        return f"{100 * share:.0f} %"
    return f"{min(max(100 * share, 0.1), 99.9):.1f} %"


def spoken(rows):
    """The picture in words, for those who hear it."""
    costs = (
        f"{row['name']} {readable(row['cpu_seconds_per_gb'])}" for row in rows if row["cpu_seconds_per_gb"]
    )
    return "CPU seconds for one gigabyte: " + ", ".join(costs)


def subtitle(results):
    corpus = results["corpora"]["full"]
    return (
        f"{corpus['documents']:,} documents, {corpus['bytes'] / 1e6:.0f} MB (the slowest read a tenth); "
        f"one thread; {results['machine']['cpu']}; {results['date']}"
    )


def footnote(results):
    threshold = results["parameters"]["threshold"]
    return (
        f"Finds: of the planted copies with a Jaccard similarity of at least {threshold}.  "
        f"Below {threshold}: of the removed, those less similar than that to everything kept."
    )


def text(x, y, content, style="", anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{style}" text-anchor="{anchor}">{escape(content)}</text>'


if __name__ == "__main__":
    main()
