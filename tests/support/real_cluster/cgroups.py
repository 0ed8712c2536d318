"""Control groups of a cluster's own: they alone are the host's, whatever else is in a sandbox.

The processor is shared out as on any node: pods are a group, programs of the node one, and who
works with the cluster one, so that no busy program takes from pods what is theirs.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_ALL = Path("/sys/fs/cgroup")
_CONTROLLERS = "cgroup.controllers"
_SUBTREE = "cgroup.subtree_control"
_SYSTEM = "system"
_USER = "user"


def create(name: str) -> None:
    """Make a group under which a kubelet may put its pods; this process is beside them from now."""
    if (_ALL / _CONTROLLERS).exists():
        offered = (_ALL / _CONTROLLERS).read_text().split()
        (_ALL / _SUBTREE).write_text(" ".join(f"+{each}" for each in offered))
    for hierarchy in _hierarchies():
        (hierarchy / name).mkdir(exist_ok=True)
    for part in (_SYSTEM, _USER):
        (_processor() / name / part).mkdir(exist_ok=True)
    _join(name, _USER)


@contextmanager
def as_the_node(name: str) -> Iterator[None]:
    """Processes started in the block are programs of the node."""
    _join(name, _SYSTEM)
    try:
        yield
    finally:
        _join(name, _USER)


def sweep(name: str, patience: float = 20.0) -> None:
    """Remove the group and what is below it.

    Args:
        patience: seconds that the kernel is given to end the last processes.

    Raises:
        OSError: a process of theirs is still there.
    """
    deadline = time.monotonic() + patience
    for hierarchy in _hierarchies():
        for group, _, _ in os.walk(hierarchy / name, topdown=False):
            _remove(Path(group), deadline)


def _hierarchies() -> Iterator[Path]:
    """Of version 2 there is one; of version 1, several, some by two names."""
    if (_ALL / _CONTROLLERS).exists():
        yield _ALL
        return
    yield from (each for each in _ALL.iterdir() if each.is_dir() and not each.is_symlink())


def _processor() -> Path:
    return _ALL if (_ALL / _CONTROLLERS).exists() else _ALL / "cpu"


def _join(name: str, part: str) -> None:
    (_processor() / name / part / "cgroup.procs").write_text("0")  # who writes


def _remove(group: Path, deadline: float) -> None:
    while group.is_dir():
        try:
            group.rmdir()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
