"""Where this process keeps what it downloads: a folder of its own that doesn't outlive it.

A process that is killed can't tidy up, and the next one in its pod finds the disk that much fuller.
So each holds a lock on its folder, which ends with it, and each removes the folders that nobody
holds.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_PREFIX: Final = "modelserver-runtime-"


@contextmanager
def downloads_folder() -> Iterator[Path]:
    """An empty folder under TMPDIR, removed at the end. Raises OSError where there can be none."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        _remove_unless_held(left)
    with tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as name:
        held = os.open(name, os.O_RDONLY)
        try:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield Path(name)
        finally:
            os.close(held)


def _remove_unless_held(folder: Path) -> None:
    try:
        probe = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return  # another user's, or gone already
    try:
        fcntl.flock(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        return
    finally:
        os.close(probe)
