#!/usr/bin/env python3
"""Compares twicetold with other deduplicators on one generated corpus. README.md tells how and what is fair.

Needs Linux, Python 3.11 and, to install the peers, the Python Package Index. The driver uses the standard
library alone.
"""

import argparse
import dataclasses
import datetime
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

import table
from environments import InstallError, prepare
from judge import Judge
from measure import Limits, run
from peers import PEERS, Corpus, Peer

HERE = Path(__file__).resolve().parent
ADAPTERS = HERE / "adapters"
BANDS, ROWS = 16, 8
# The least Jaccard similarity that removes; also twicetold's default, and set in the adapters.
THRESHOLD = 0.8

# One thread wherever a library asks the environment; no library calls home or looks for models.
ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "RAYON_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "true",
    "DAFT_ANALYTICS_ENABLED": "0",
    "DAFT_PROGRESS_BAR": "0",
}


@dataclasses.dataclass
class Entry:
    """A row of the table in the making."""

    name: str
    what: str
    corpus: Corpus
    # How to run it into an empty directory: the command, given that directory.
    command: object = None
    # Where the command leaves the ids it removes: read from the directory, none if it removes nothing.
    removed_ids: object = None
    version: str | None = None
    versions: dict | None = None
    error: str | None = None
    runs: list = dataclasses.field(default_factory=list)
    removed: set | None = None


def main():
    arguments = parse_arguments()
    work, twicetold = arguments.work, arguments.twicetold
    work.mkdir(parents=True, exist_ok=True)
    corpora = {Corpus.FULL: generate(twicetold, work, arguments.docs, arguments.seed)}
    tenth = max(arguments.docs // 10, 1)
    corpora[Corpus.TENTH] = generate(twicetold, work, tenth, arguments.seed)
    entries = list(references(corpora, twicetold))
    for peer in PEERS:
        if not arguments.only or peer.environment in arguments.only:
            entries.append(peer_entry(peer, corpora, arguments.venvs))
    measure_all(entries, arguments)
    results = results_of(entries, corpora, arguments)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    text = table.markdown(results)
    arguments.output.with_suffix(".md").write_text(text)
    print(text)


def parse_arguments():
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "twicetold-peers"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--twicetold", type=Path, required=True, help="the twicetold binary (release build)")
    parser.add_argument(
        "--docs", type=int, default=200_000, help="documents; slow peers get a tenth [%(default)s]"
    )
    parser.add_argument("--seed", type=int, default=1, help="seed of the corpus [%(default)s]")
    parser.add_argument("--only", nargs="+", metavar="PEER", help="only these peers, by distribution name")
    parser.add_argument("--repeats", type=int, default=5, help="runs of each, for the median [%(default)s]")
    parser.add_argument(
        "--once-above", type=float, default=60, help="run once what takes more seconds of CPU [%(default)s]"
    )
    parser.add_argument("--timeout", type=float, default=900, help="seconds a run may take [%(default)s]")
    parser.add_argument(
        "--memory", type=float, default=0.75, help="share of memory a run may use [%(default)s]"
    )
    parser.add_argument("--cpus", type=int, default=1, help="CPUs a run is confined to [%(default)s]")
    parser.add_argument(
        "--venvs", type=Path, default=cache / "venvs", help="where the peers are [%(default)s]"
    )
    parser.add_argument("--work", type=Path, default=cache / "work", help="corpora and outputs [%(default)s]")
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("peers.json"),
        help="table as JSON, and as .md beside [%(default)s]",
    )
    arguments = parser.parse_args()
    arguments.twicetold = arguments.twicetold.resolve()
    arguments.venvs = arguments.venvs.resolve()
    arguments.work = arguments.work.resolve()
    if not os.access(arguments.twicetold, os.X_OK):
        parser.error(f"{arguments.twicetold} is not a program")
    unknown = set(arguments.only or ()) - {peer.environment for peer in PEERS}
    if unknown:
        known = ", ".join(sorted({peer.environment for peer in PEERS}))
        parser.error(f"no peer {', '.join(sorted(unknown))}; there are {known}")
    if arguments.docs < 10 or arguments.repeats < 1:
        parser.error("--docs must be at least 10 and --repeats at least 1")
    return arguments


def generate(twicetold, work, docs, seed):
    """The directory of a corpus of so many documents, made anew lest an earlier program made it otherwise."""
    directory = work / f"corpus-{docs}"
    shutil.rmtree(directory, ignore_errors=True)
    subprocess.run([twicetold, *generate_flags(docs, seed), "--quiet", "--output", directory], check=True)
    return directory


def generate_flags(docs, seed):
    return ["generate", "--docs", str(docs), "--seed", str(seed)]


def program_version(program):
    """The first line that `--version` prints."""
    shown = subprocess.run([program, "--version"], check=True, capture_output=True, text=True)
    return shown.stdout.splitlines()[0]


def references(corpora, twicetold):
    """What the peers stand beside: reading, counting words, Python's own part, and twicetold."""
    coreutils = program_version("wc").rpartition(" ")[2]
    for corpus, directory in corpora.items():
        documents = directory / "docs.jsonl"
        yield Entry("`cat`", "", corpus, lambda _, file=documents: ["cat", file], version=coreutils)
        yield Entry("`wc -w`", "", corpus, lambda _, file=documents: ["wc", "-w", file], version=coreutils)
    yield Entry(
        "Python shingles",
        "no deduplicator, but the part that the rows of datasketch, rensa and FastSketchLSH have in common",
        Corpus.FULL,
        adapter_command(sys.executable, "shingles.py", corpora[Corpus.FULL]),
        version=platform.python_version(),
    )
    for name, flags in (
        ("twicetold dedup", []),
        (f"twicetold dedup, {BANDS} bands", ["--bands", str(BANDS), "--rows", str(ROWS)]),
    ):
        yield Entry(
            name,
            f"`{' '.join(['twicetold', 'dedup', '--threads', '1', *flags])}`; "
            "candidates checked exactly; writes the clean corpus and all tables",
            Corpus.FULL,
            twicetold_command(twicetold, corpora[Corpus.FULL], flags),
            twicetold_removed,
            version=program_version(twicetold).rpartition(" ")[2],
        )


def twicetold_command(twicetold, corpus, flags):
    def command(directory):
        output = ["--output", directory / "output"]
        return [twicetold, "dedup", corpus / "docs.jsonl", *output, "--threads", "1", "--quiet", *flags]

    return command


def twicetold_removed(directory):
    with (directory / "output" / "removed.jsonl").open("rb") as lines:
        return {json.loads(line)["id"] for line in lines}


def adapter_command(python, adapter, corpus):
    def command(directory):
        work = directory / "work"
        work.mkdir()
        return [python, ADAPTERS / adapter, corpus / "docs.jsonl", directory / "removed.txt", work]

    return command


def adapter_removed(directory):
    return set((directory / "removed.txt").read_text(encoding="utf-8").splitlines())


def peer_entry(peer: Peer, corpora, venvs):
    """The row of a peer, which is installed if need be."""
    entry = Entry(peer.name, peer.what, peer.corpus, removed_ids=adapter_removed)
    print(f"installing {peer.distribution}", file=sys.stderr)
    try:
        environment = prepare(venvs / peer.environment, peer.requirements)
    except InstallError as error:
        entry.error = f"not installed: {error}"
        return entry
    entry.versions = environment.versions()
    entry.version = entry.versions[peer.distribution.lower()]
    entry.command = adapter_command(environment.python, peer.adapter, corpora[peer.corpus])
    return entry


def measure_all(entries, arguments):
    """Runs everything in turn, and that again, so that a busy spell of the machine does not hit one alone."""
    cpus = sorted(os.sched_getaffinity(0))
    limits = Limits(
        cpus=frozenset(cpus[-arguments.cpus :]),
        seconds=arguments.timeout,
        memory_bytes=int(arguments.memory * memory_bytes()),
    )
    for repeat in range(arguments.repeats):
        for number, entry in enumerate(entries):
            too_long = entry.runs and entry.runs[0].cpu_seconds > arguments.once_above
            if entry.error or too_long:
                continue
            print(f"run {repeat + 1}: {entry.name}", file=sys.stderr)
            directory = arguments.work / "runs" / f"{number:02}"
            shutil.rmtree(directory, ignore_errors=True)
            directory.mkdir(parents=True)
            environment = os.environ | ENVIRONMENT | {"HF_HOME": str(directory / "huggingface")}
            log = arguments.work / "runs" / f"{number:02}.log"
            command = [os.fspath(part) for part in entry.command(directory)]
            stdout = subprocess.DEVNULL if command[0] == "cat" else None
            done = run(command, limits, log, environment, directory, stdout)
            entry.runs.append(done)
            entry.error = done.error
            if entry.removed_ids and not done.error:
                entry.removed = entry.removed_ids(directory)
            shutil.rmtree(directory)


def results_of(entries, corpora, arguments):
    """All that was found, as it is written."""
    verdicts, described = {}, {}
    for corpus, directory in corpora.items():
        print(f"judging the {corpus.value} corpus", file=sys.stderr)
        removed = {
            entry.name: entry.removed
            for entry in entries
            if entry.corpus is corpus and entry.removed is not None and not entry.error
        }
        judge = Judge(directory, THRESHOLD, removed)
        verdicts |= {name: judge.verdict(ids) for name, ids in removed.items()}
        manifest = json.loads((directory / "manifest.json").read_text())
        described[corpus.value] = {
            "command": " ".join(["twicetold", *generate_flags(manifest["documents"], arguments.seed)]),
            "documents": manifest["documents"],
            "bytes": (directory / "docs.jsonl").stat().st_size,
            "xxh3": next(file["xxh3"] for file in manifest["files"] if file["name"] == "docs.jsonl"),
            "planted_copies": judge.bin_sizes(),
            "truth_error": judge.truth_error,
        }
    counting = {entry.corpus: median(entry, "cpu_seconds") for entry in entries if entry.name == "`wc -w`"}
    return {
        "date": datetime.date.today().isoformat(),
        "machine": machine(),
        "parameters": {
            "threshold": THRESHOLD,
            "repeats": arguments.repeats,
            "cpus": arguments.cpus,
            "timeout_seconds": arguments.timeout,
        },
        "corpora": described,
        "runs": [row(entry, described, counting, verdicts.get(entry.name)) for entry in entries],
    }


def row(entry, described, counting, verdict):
    corpus = described[entry.corpus.value]
    cpu, words = median(entry, "cpu_seconds"), counting[entry.corpus]
    return {
        "name": entry.name,
        "what": entry.what,
        "version": entry.version,
        "versions": entry.versions,
        "corpus": entry.corpus.value,
        "documents": corpus["documents"],
        "error": entry.error,
        "cpu_seconds": cpu,
        "cpu_seconds_per_gb": None if cpu is None else cpu / (corpus["bytes"] / 1e9),
        "times_wc": None if cpu is None else cpu / words,
        "wall_seconds": median(entry, "wall_seconds"),
        "resident_bytes": median(entry, "resident_bytes"),
        "anonymous_bytes": median(entry, "anonymous_bytes"),
        "processes": max((run.processes for run in entry.runs), default=None),
        "runs": [dataclasses.asdict(run) for run in entry.runs],
        "verdict": verdict and dataclasses.asdict(verdict),
    }


def median(entry, field):
    values = [getattr(run, field) for run in entry.runs]
    return statistics.median(values) if values else None


def memory_bytes():
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def machine():
    models = [
        line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")
    ]
    return {
        "cpu": models[0].partition(":")[2].strip() if models else platform.machine(),
        "cores": os.cpu_count(),
        "memory_gb": memory_bytes() / 1e9,
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_average": os.getloadavg()[0],
    }


if __name__ == "__main__":
    main()
