#!/usr/bin/env python3
"""Holds `twicetold eval` to scikit-learn on random clusterings.

    python3 -m venv venv && venv/bin/pip install scikit-learn
    venv/bin/python benches/agreement.py --program target/release/twicetold --count 3000

Each clustering is written in another of the forms that `eval` reads. Compared are the adjusted Rand index, homogeneity,
completeness and the V-measure (`sklearn.metrics`), precision and recall of pairs (from `pair_confusion_matrix`), and B-cubed
(from `contingency_matrix`). Prints the largest difference of each, and fails if one is above 1e-9.
"""

import argparse
import concurrent.futures
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import numpy
import sklearn
from sklearn.metrics import adjusted_rand_score, homogeneity_completeness_v_measure
from sklearn.metrics.cluster import contingency_matrix, pair_confusion_matrix

ALLOWED = 1e-9


def clusterings(rng):
    """Two clusterings of some documents, of a random likeness."""
    documents = rng.choice([2, 3, 5, 10, 30, 100, 300])
    names = rng.randint(1, documents)
    labels = [rng.randrange(names) for _ in range(documents)]
    change = rng.choice([0.0, 0.05, 0.3, 1.0])
    found = [rng.randrange(names) if rng.random() < change else label for label in labels]
    return labels, found


def members(clusters):
    by_cluster = {}
    for document, cluster in enumerate(clusters):
        by_cluster.setdefault(cluster, []).append(f"d{document}")
    return by_cluster.values()


def written(form, clusters, path):
    """Writes a clustering in a form, and returns the arguments that say so."""
    if form == "jsonl":
        path = path.with_suffix(".jsonl")
        lines = [json.dumps({"id": f"d{n}", "cluster": c}) for n, c in enumerate(clusters)]
    elif form == "csv":
        path = path.with_suffix(".csv")
        lines = ["id,cluster"] + [f"d{n},{c}" for n, c in enumerate(clusters)]
    elif form == "lists":
        path = path.with_suffix(".jsonl")
        lines = [json.dumps(ids) for ids in members(clusters)]
    else:
        path = path.with_suffix(".tsv")
        lines = ["a\tb"]
        for ids in members(clusters):
            lines += [f"{b}\t{a}" for n, a in enumerate(ids) for b in ids[:n]]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def expected(labels, found):
    homogeneity, completeness, v_measure = homogeneity_completeness_v_measure(labels, found)
    (_, only_found), (only_labels, both) = pair_confusion_matrix(labels, found)
    cells = contingency_matrix(labels, found).astype(float)
    share = lambda part, whole: part / whole if whole else None
    return {
        "adjusted_rand": adjusted_rand_score(labels, found),
        "homogeneity": homogeneity,
        "completeness": completeness,
        "v_measure": v_measure,
        "pair_precision": share(both, both + only_found),
        "pair_recall": share(both, both + only_labels),
        "b_cubed_precision": (cells**2 / cells.sum(axis=0, keepdims=True)).sum() / len(labels),
        "b_cubed_recall": (cells**2 / cells.sum(axis=1, keepdims=True)).sum() / len(labels),
    }


def compared(program, seed):
    rng = random.Random(seed)
    labels, found = clusterings(rng)
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        known = written(rng.choice(["jsonl", "csv", "lists"]), labels, directory / "labels")
        result = written(rng.choice(["jsonl", "csv", "lists", "pairs"]), found, directory / "result")
        command = [program, "eval", result, "--labels", known, "--json", "--quiet", "--bootstrap", "0"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"clustering {seed}: {done.stderr}")
    figures = json.loads(done.stdout)["figures"]
    differences = {}
    for name, value in expected(labels, found).items():
        measured = figures[name]["value"]
        if (measured is None) != (value is None):
            sys.exit(f"clustering {seed}: {name} is {measured}, not {value}")
        differences[name] = abs(measured - value) if value is not None else 0.0
    return differences


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default="target/release/twicetold")
    parser.add_argument("--count", type=int, default=3000)
    arguments = parser.parse_args()
    largest = {}
    with concurrent.futures.ThreadPoolExecutor() as pool:
        for differences in pool.map(lambda seed: compared(arguments.program, seed), range(arguments.count)):
            for name, difference in differences.items():
                largest[name] = max(largest.get(name, 0.0), difference)
    print(f"{arguments.count} pairs of clusterings, scikit-learn {sklearn.__version__}, numpy {numpy.__version__}\n")
    print("| figure | largest difference |\n|---|---:|")
    for name, difference in largest.items():
        print(f"| {name} | {difference:.1e} |")
    if max(largest.values()) > ALLOWED:
        sys.exit(f"a difference is above {ALLOWED}")


if __name__ == "__main__":
    main()
