"""Programs in pods, ended as the kernel ends them: all are seen from the sandbox."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

from control_plane import Kubectl


def kill(kubectl: Kubectl, pod: str, program: str) -> None:
    """End a program of a pod at once, without a word to it.

    Raises:
        AssertionError: it does not run there.
    """
    uid = kubectl.get("pod", pod)["metadata"]["uid"]
    found = [pid for pid in _of_pod(uid) if program in _called(pid)]
    assert found, f"{pod} runs no {program}"
    for pid in found:
        os.kill(pid, signal.SIGKILL)


def _of_pod(uid: str) -> Iterator[int]:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            groups = (process / "cgroup").read_text()
        except OSError:  # it has just ended
            continue
        if f"pod{uid}" in groups:
            yield int(process.name)


def _called(pid: int) -> set[str]:
    """By which names a process may be called: its own, and that of the script it interprets."""
    words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return {Path(word).name for word in words[:2]}
