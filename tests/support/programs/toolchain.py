"""Go: the one on the PATH if it is new enough, else the one from the Python package index."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from programs.errors import BuildFailed
from programs.store import BUILD

NEEDED = (1, 26)  # the newest that a go.mod of the table asks for
_LOCK = Path(__file__).with_name("go.lock")


@dataclass(frozen=True, slots=True)
class Go:
    """A go command, and the environment to run it in."""

    command: Path
    environment: Mapping[str, str]

    def run(self, *arguments: str, folder: Path) -> str:
        """What `go ARGUMENTS…` prints.

        Raises:
            BuildFailed: It ended with an error.
        """
        done = subprocess.run(
            [self.command, *arguments],
            cwd=folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            last = "\n".join(done.stderr.splitlines()[-20:])
            raise BuildFailed(f"go {' '.join(arguments)} failed:\n{last}")
        return done.stdout


@cache
def go() -> Go:
    """The Go to build with."""
    # GOTOOLCHAIN: an old Go would otherwise fetch a newer one behind our back.
    environment = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "", "CGO_ENABLED": "0"}
    found = shutil.which("go")
    if found and _version(found, environment) >= NEEDED:
        return Go(Path(found), environment)
    own = BUILD / "go"
    if not (own / "bin/go").exists():
        _install(own)
    # Its caches go with it; the modules writable, so that `make clean` can remove them.
    caches = {"GOCACHE": str(own / "cache"), "GOPATH": str(own / "path"), "GOFLAGS": "-modcacherw"}
    return Go(own / "bin/go", environment | caches)


def _version(command: str, environment: Mapping[str, str]) -> tuple[int, ...]:
    answer = subprocess.run(
        [command, "env", "GOVERSION"], env=environment, capture_output=True, text=True, check=False
    )
    numbers = re.match(r"go(\d+)\.(\d+)", answer.stdout)
    return tuple(int(each) for each in numbers.groups()) if numbers else ()


def _install(folder: Path) -> None:
    version = _LOCK.read_text().split()[0]
    print(f"No Go of {'.'.join(map(str, NEEDED))} or newer found: installing {version}", flush=True)
    venv.create(folder, with_pip=True, clear=True)
    pip = [str(folder / "bin/python"), "-m", "pip", "--disable-pip-version-check", "--quiet"]
    done = subprocess.run(
        [*pip, "install", "--require-hashes", "-r", str(_LOCK)], stdout=sys.stderr, check=False
    )
    if done.returncode:
        raise BuildFailed(f"pip could not install {version}")
