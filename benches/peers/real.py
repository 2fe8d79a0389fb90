#!/usr/bin/env python3
"""Compares twicetold with other deduplicators on corpora of real text. README.md tells how and what is fair.

    python3.11 benches/peers/real.py --twicetold target/release/twicetold CORPUS.jsonl...

A corpus is a file of JSON Lines with `id` and `text`. Every program removes what it takes for repeats at a threshold of
0.8; `twicetold eval` holds what it kept to the exact join of all pairs.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

from environments import InstallError, prepare
from measure import Limits, run
from peers import PEERS
from run import ENVIRONMENT, THRESHOLD, adapter_removed, machine, memory_bytes, twicetold_removed

ADAPTERS = Path(__file__).resolve().parent / "adapters"

# Programs cut texts into words a little differently, so that a pair at 0.8 is 0.78 to another. What is further below
# the threshold than this to everything that was kept was removed without cause.
SLACK = 0.03

# Of removals: `eval` says what they are.
FIGURES = ("removal_precision", "removal_recall", "removal_f1")
HEAD = (
    "| program | version | CPU s | ÷ ours | removed | without cause | pairs left | precision | recall | F1 |\n"
    "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|"
)


def main():
    arguments = parse_arguments()
    arguments.work.mkdir(parents=True, exist_ok=True)
    about = machine()
    print(f"{about['cpu']}, {about['cores']} cores, {about['system']}, Python {about['python']}.")
    programs = [("twicetold dedup", twicetold_version(arguments.twicetold), None, twicetold_removed)]
    for peer in PEERS:
        if arguments.only and peer.environment not in arguments.only:
            continue
        try:
            environment = prepare(arguments.venvs / peer.environment, peer.requirements)
        except InstallError as error:
            print(f"{peer.name}: not installed: {error}", file=sys.stderr)
            continue
        version = environment.versions()[peer.distribution.lower()]
        programs.append((peer.name, version, (environment.python, peer.adapter), adapter_removed))
    for corpus in arguments.corpora:
        print(f"\n{corpus.name}\n\n{HEAD}")
        compare(corpus.resolve(), programs, arguments)


def parse_arguments():
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "twicetold-peers"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpora", nargs="+", type=Path, metavar="CORPUS.jsonl")
    parser.add_argument("--twicetold", type=Path, required=True, help="the twicetold binary (release build)")
    parser.add_argument("--only", nargs="+", metavar="PEER", help="only these peers, by distribution name")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each, for the median [%(default)s]")
    parser.add_argument("--timeout", type=float, default=900, help="seconds a run may take [%(default)s]")
    parser.add_argument("--venvs", type=Path, default=cache / "venvs", help="where the peers are [%(default)s]")
    parser.add_argument("--work", type=Path, default=cache / "work", help="outputs [%(default)s]")
    arguments = parser.parse_args()
    arguments.twicetold = arguments.twicetold.resolve()
    arguments.work = arguments.work.resolve()
    return arguments


def twicetold_version(program):
    shown = subprocess.run([program, "--version"], check=True, capture_output=True, text=True)
    return shown.stdout.split()[1]


def compare(corpus, programs, arguments):
    """Runs all programs in turns, so that a busy spell of the machine hits none alone, and prints their rows."""
    limits = Limits(
        cpus=frozenset(sorted(os.sched_getaffinity(0))[-1:]),
        seconds=arguments.timeout,
        memory_bytes=int(0.75 * memory_bytes()),
    )
    seconds = {name: [] for name, *_ in programs}
    removed = {}
    for _ in range(arguments.repeats):
        for name, _, peer, removed_ids in programs:
            directory = arguments.work / "real"
            shutil.rmtree(directory, ignore_errors=True)
            (directory / "work").mkdir(parents=True)
            if peer:
                command = [peer[0], ADAPTERS / peer[1], corpus, directory / "removed.txt", directory / "work"]
            else:
                output = ["--output", directory / "output", "--threads", "1", "--quiet"]
                command = [arguments.twicetold, "dedup", corpus, *output, "--threshold", THRESHOLD]
            environment = os.environ | ENVIRONMENT | {"HF_HOME": str(directory / "huggingface")}
            done = run(list(map(str, command)), limits, arguments.work / "real.log", environment, directory)
            if done.error:
                print(f"{name}: {done.error}", file=sys.stderr)
                continue
            seconds[name].append(done.cpu_seconds)
            removed[name] = removed_ids(directory)
    shutil.rmtree(arguments.work / "real", ignore_errors=True)
    judge = RealJudge(corpus, arguments)
    ours = statistics.median(seconds["twicetold dedup"])
    for name, version, *_ in programs:
        if name not in removed:
            print(f"| {name} | {version} | failed | | | | | | | |")
            continue
        cpu = statistics.median(seconds[name])
        print(f"| {name} | {version} | {cpu:.2f} | {cpu / ours:.1f} | {judge.row(removed[name])} |")


class RealJudge:
    """Asks `twicetold eval` about what each program kept, beside the exact join of all pairs."""

    def __init__(self, corpus, arguments):
        self.twicetold, self.corpus = arguments.twicetold, corpus
        self.kept, self.truth = arguments.work / "kept.txt", arguments.work / "truth.jsonl"
        with corpus.open("rb") as lines:
            self.ids = [json.loads(line)["id"] for line in lines]
        with self.truth.open("wb") as out:
            command = [self.twicetold, "truth", corpus, "--threshold", f"{THRESHOLD - SLACK:g}", "--json", "--quiet"]
            subprocess.run(command, check=True, stdout=out)

    def row(self, removed):
        """The cells of what a program removed."""
        self.kept.write_text("".join(f"{id}\n" for id in self.ids if id not in removed))
        nearly, similar = self.evaluated(THRESHOLD - SLACK), self.evaluated(THRESHOLD)
        figures = {name: similar["figures"][name]["value"] for name in FIGURES}
        cells = [
            f"{len(removed):,}",
            f"{nearly['kept']['unjustified']:,}",
            f"{similar['kept']['pairs_left']:,} of {similar['pairs']['labelled']:,}",
            *(f"{value:.3f}" for value in figures.values()),
        ]
        return " | ".join(cells)

    def evaluated(self, threshold):
        """What `eval` says of the kept ids, where pairs from this threshold on are repeats."""
        command = [self.twicetold, "eval", self.kept, "--form", "kept", "--labels", self.truth]
        command += ["--corpus", self.corpus, "--threshold", f"{threshold:g}", "--bootstrap", "0", "--json", "--quiet"]
        return json.loads(subprocess.run(list(map(str, command)), check=True, capture_output=True).stdout)


if __name__ == "__main__":
    main()
