"""A folder of finished things, each made once, whoever asks and however many at once."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

BUILD = Path(__file__).parents[3] / "build"


@cache
def root() -> Path:
    """The user's cache folder, shared by all checkouts; `build/` where that can't be written."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    shared = Path(base) / "modelserver/programs"
    try:
        shared.mkdir(parents=True, exist_ok=True)
    except OSError:
        return BUILD / "programs"
    return shared if os.access(shared, os.W_OK) else BUILD / "programs"


def folder(name: str, make: Callable[[Path], None]) -> Path:
    """The folder `name`, filled by `make` if it isn't there yet.

    It appears whole or not at all: `make` fills another folder, which is renamed at the end.
    """
    made = root() / name
    if not made.is_dir():
        with _alone(made.with_suffix(made.suffix + ".lock")):
            if not made.is_dir():
                _make(made, make)
    os.utime(made)  # when it was last wanted
    return made


def forget(prefix: str, keep: int) -> None:
    """Remove the folders whose names begin so, but for those that were wanted last."""
    known = [each for each in root().glob(f"{prefix}*") if each.is_dir()]
    for old in sorted(known, key=lambda each: each.stat().st_mtime)[:-keep]:
        shutil.rmtree(old, ignore_errors=True)


def _make(made: Path, make: Callable[[Path], None]) -> None:
    unfinished = Path(tempfile.mkdtemp(prefix=f".{made.name}-", dir=made.parent))
    try:
        make(unfinished)
        unfinished.rename(made)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
