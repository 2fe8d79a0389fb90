"""Virtual environments, one for each set of requirements, kept between runs."""

import json
import subprocess
import sys
from pathlib import Path

INSTALL_TIMEOUT = 1800


class InstallError(Exception):
    """A peer could not be installed; the message is the end of what pip said."""


class Environment:
    """A virtual environment that holds a peer."""

    def __init__(self, directory: Path):
        self.directory = directory
        self.python = directory / "bin" / "python"

    def versions(self):
        """The version of every distribution that is installed."""
        listed = subprocess.run(
            [self.python, "-m", "pip", "list", "--format=json", "--disable-pip-version-check"],
            check=True,
            capture_output=True,
        )
        return {entry["name"].lower(): entry["version"] for entry in json.loads(listed.stdout)}


def prepare(directory: Path, requirements):
    """Makes the environment with these requirements, unless it is there."""
    environment = Environment(directory)
    # Written last: where it stands, the installation was completed with these requirements.
    stamp = directory / "requirements.txt"
    wanted = "\n".join((f"# Python {sys.version.split()[0]}", *requirements)) + "\n"
    if stamp.is_file() and stamp.read_text() == wanted:
        return environment
    directory.parent.mkdir(parents=True, exist_ok=True)
    _step([sys.executable, "-m", "venv", "--clear", directory])
    _step(
        [environment.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements]
    )
    stamp.write_text(wanted)
    return environment


def _step(command):
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=INSTALL_TIMEOUT
        )
    except subprocess.TimeoutExpired as error:
        raise InstallError(f"not installed within {INSTALL_TIMEOUT} s") from error
    if done.returncode != 0:
        raise InstallError((done.stderr or done.stdout).strip()[-2000:])
