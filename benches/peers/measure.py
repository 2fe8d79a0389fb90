"""Runs a program and measures what it and its children cost. For Linux: it reads /proc."""

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

# Time between two looks at memory: short at first, so that a short run is seen too.
FIRST_INTERVAL = 0.005
LONGEST_INTERVAL = 0.1


@dataclass(frozen=True)
class Limits:
    """What a run may use."""

    cpus: frozenset[int]
    seconds: float
    memory_bytes: int


@dataclass(frozen=True)
class Run:
    """What a run used."""

    cpu_seconds: float
    wall_seconds: float
    # Most memory resident at a time, mapped files included: of the largest process, or of all together where
    # sampling found more.
    resident_bytes: int
    # Most memory at a time that is not of files, of all processes together, as sampled.
    anonymous_bytes: int
    processes: int
    # Why it failed, if it did.
    error: str | None


def run(command, limits: Limits, log: Path, environment, cwd: Path, stdout=None):
    """Runs `command` to its end and returns what it cost. Its output goes to `log`."""

    def confine():
        os.sched_setaffinity(0, limits.cpus)

    with log.open("wb") as messages:
        start = time.perf_counter()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=messages if stdout is None else stdout,
            stderr=messages,
            env=environment,
            cwd=cwd,
            start_new_session=True,
            preexec_fn=confine,
        )
        error, memory, interval = None, _Memory(process.pid), FIRST_INTERVAL
        try:
            while True:
                pid, status, usage = os.wait4(process.pid, os.WNOHANG)
                wall = time.perf_counter() - start
                if pid:
                    break
                memory.sample()
                if error is None and wall > limits.seconds:
                    error = f"stopped after {limits.seconds:g} s"
                elif error is None and memory.resident > limits.memory_bytes:
                    error = f"stopped at {memory.resident / 1e9:.1f} GB of memory"
                if error:
                    _stop(process.pid)
                time.sleep(interval)
                interval = min(interval * 1.1, LONGEST_INTERVAL)
        finally:
            # Children that outlive the program, and the program if the driver is interrupted.
            _stop(process.pid)
    process.returncode = os.waitstatus_to_exitcode(status)
    if error is None and process.returncode != 0:
        error = f"exit status {process.returncode}: {_last_line(log)}"
    return Run(
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        wall_seconds=wall,
        resident_bytes=max(memory.resident, usage.ru_maxrss * 1024),
        anonymous_bytes=memory.anonymous,
        processes=memory.processes,
        error=error,
    )


class _Memory:
    """The most memory that the processes of a session were seen to hold."""

    def __init__(self, session):
        self.session = session
        self.resident = self.anonymous = self.processes = 0

    def sample(self):
        resident = anonymous = processes = 0
        for entry in os.scandir("/proc"):
            if not entry.name.isdigit():
                continue
            try:
                with open(f"/proc/{entry.name}/stat") as file:
                    # After the name in brackets: state, parent, group, session.
                    if int(file.read().rpartition(")")[2].split()[3]) != self.session:
                        continue
                with open(f"/proc/{entry.name}/status") as file:
                    fields = dict(line.split(":", 1) for line in file)
            except (OSError, ValueError):
                # It ended in between.
                continue
            processes += 1
            resident += _bytes(fields.get("VmRSS"))
            anonymous += _bytes(fields.get("RssAnon")) + _bytes(fields.get("RssShmem"))
        self.resident = max(self.resident, resident)
        self.anonymous = max(self.anonymous, anonymous)
        self.processes = max(self.processes, processes)


def _bytes(field):
    """The bytes of a field such as `  1234 kB`, none for a process that is gone."""
    return int(field.split()[0]) * 1024 if field else 0


def _stop(group):
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _last_line(log):
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1][:300] if lines else "no message"
