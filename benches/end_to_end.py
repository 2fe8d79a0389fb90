#!/usr/bin/env python3
"""Whole runs over generated archives of several sizes: time, CPU, memory, recall and precision.

    benches/end_to_end.py --program target/release/twicetold --docs 10000,100000,1000000 --json end_to_end.json

Each archive is made by `twicetold generate` with planted copies whose true similarity is recorded. A planted copy at or
above the threshold counts as found if it or its original was removed; a removed document counts as unjustified if it is
not a planted copy. Figures are medians of --runs; CPU is user and system time, memory the peak of resident pages that
are not mapped files, where the system tells (Linux), and the whole peak otherwise. `wc -w` and `cat` read the same file.
Further arguments after -- go to `twicetold dedup`.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HEADER = ["documents", "MB", "run", "CPU s", "wall s", "peak MB", "bytes/doc", "µs/doc", "recall", "unjustified"]


def anonymous_bytes(pid):
    """Resident memory of a process that is no mapped file."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            fields = dict(line.split(":", 1) for line in status if ":" in line)
        return int(fields["RssAnon"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return 0


def measure(command):
    """CPU seconds, wall seconds and peak memory of one run."""
    started = time.monotonic()
    # Open for writing only: where it is open for both, as DEVNULL is, standard output looks closed.
    with open(os.devnull, "wb") as nowhere:
        process = subprocess.Popen(command, stdout=nowhere, stderr=subprocess.PIPE)
    peak = 0
    ended = threading.Event()

    def watch():
        nonlocal peak
        while not ended.wait(0.005):
            peak = max(peak, anonymous_bytes(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    ended.set()
    watcher.join()
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{' '.join(map(str, command))}: {errors.decode(errors='replace')}")
    wall = time.monotonic() - started
    return usage.ru_utime + usage.ru_stime, wall, peak or usage.ru_maxrss * 1024


def median(command, runs, before=lambda: None):
    figures = []
    for _ in range(runs):
        before()
        figures.append(measure(command))
    return [statistics.median(column) for column in zip(*figures)]


def quality(archive, output, threshold):
    """Share of planted copies at or above the threshold that were found, and removals that are no planted copies."""
    removed = set()
    with open(output / "removed.jsonl", encoding="utf-8") as lines:
        for line in lines:
            removed.add(json.loads(line)["id"])
    planted = set()
    similar = found = 0
    with open(archive / "truth.jsonl", encoding="utf-8") as lines:
        for line in lines:
            copy = json.loads(line)
            planted.add(copy["id"])
            if copy["jaccard"] >= threshold:
                similar += 1
                found += copy["id"] in removed or copy["of"] in removed
    return found / similar if similar else 1.0, len(removed - planted)


def main():
    own, extra = sys.argv[1:], []
    if "--" in own:
        extra = own[own.index("--") + 1 :]
        own = own[: own.index("--")]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default="target/release/twicetold")
    parser.add_argument("--docs", default="10000,100000,1000000")
    parser.add_argument("--generate", default="", help="further arguments for `twicetold generate`")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threshold", type=float, default=0.8)
    parser.add_argument("--work", help="directory for archives and output, some GB [default: a temporary one]")
    parser.add_argument("--json", help="file for the figures")
    arguments = parser.parse_args(own)

    version = subprocess.run([arguments.program, "--version"], check=True, capture_output=True, text=True).stdout.strip()
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"
    rows = []
    with tempfile.TemporaryDirectory(dir=arguments.work) as directory:
        work = pathlib.Path(directory)
        for docs in map(int, arguments.docs.split(",")):
            archive, output = work / "archive", work / "out"
            make = [arguments.program, "generate", "--docs", str(docs), "--seed", "1", "-o", archive, "--overwrite", "--quiet"]
            subprocess.run(make + arguments.generate.split(), check=True)
            corpus = archive / "docs.jsonl"
            size = corpus.stat().st_size
            dedup = [arguments.program, "dedup", corpus, "-o", output, "--overwrite", "--quiet"]
            dedup += ["--threshold", str(arguments.threshold), *extra]
            for name, command in [("cat", ["cat", corpus]), ("wc -w", ["wc", "-w", corpus]), ("dedup", dedup)]:
                cpu, wall, peak = median(command, arguments.runs)
                row = {"documents": docs, "bytes": size, "run": name, "cpu_seconds": cpu, "wall_seconds": wall, "peak_bytes": peak}
                if name == "dedup":
                    row["recall"], row["unjustified"] = quality(archive, output, arguments.threshold)
                rows.append(row)
    print(f"{version}; {machine}; medians of {arguments.runs}; dedup {' '.join(extra) or 'with defaults'}\n")
    print(f"| {' | '.join(HEADER)} |\n|{'---|' * len(HEADER)}")
    for row in rows:
        cells = [
            f"{row['documents']:,}",
            f"{row['bytes'] / 1e6:,.0f}",
            row["run"],
            f"{row['cpu_seconds']:.2f}",
            f"{row['wall_seconds']:.2f}",
            f"{row['peak_bytes'] / 1e6:,.0f}",
            f"{row['peak_bytes'] / row['documents']:,.0f}",
            f"{row['cpu_seconds'] / row['documents'] * 1e6:.2f}",
            f"{row['recall']:.5f}" if "recall" in row else "",
            str(row.get("unjustified", "")),
        ]
        print(f"| {' | '.join(cells)} |")
    if arguments.json:
        figures = {"version": version, "machine": machine, "runs": arguments.runs, "arguments": extra, "rows": rows}
        pathlib.Path(arguments.json).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
