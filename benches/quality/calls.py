"""Calls of the program, and its outputs read."""

import json
import resource
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def run(program, command, corpus, *flags):
    """Runs a command that writes a directory; gives that directory, with the CPU seconds of the run."""
    with tempfile.TemporaryDirectory() as directory:
        out = Path(directory) / "out"
        before = cpu_seconds()
        call = [program, command, corpus, "-o", out, "--quiet", "--no-report", *flags]
        subprocess.run(list(map(str, call)), check=True)
        yield out, cpu_seconds() - before


def cpu_seconds():
    """What the children of this process used until now."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def answer(program, *arguments):
    """What a command prints as JSON."""
    call = list(map(str, [program, *arguments, "--json", "--quiet"]))
    return json.loads(subprocess.run(call, check=True, capture_output=True).stdout)


def answer_lines(program, *arguments):
    """The records that a command prints as JSON Lines."""
    call = list(map(str, [program, *arguments, "--json", "--quiet"]))
    printed = subprocess.run(call, check=True, capture_output=True, text=True).stdout
    return [json.loads(record) for record in printed.splitlines()]


def summary(out):
    return json.loads((out / "summary.json").read_text(encoding="utf-8"))


def lines(path):
    """The records of a file of JSON Lines."""
    with open(path, encoding="utf-8") as records:
        return [json.loads(record) for record in records]


def rows(path):
    """The rows below the head of a table of tab-separated values, unpacked if need be."""
    if path.suffix == ".zst":
        text = subprocess.run(["zstd", "-dcq", path], check=True, capture_output=True, text=True).stdout
    else:
        text = path.read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines()[1:]]
