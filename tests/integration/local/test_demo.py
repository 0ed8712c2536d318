"""The demo, stopped in the middle: by Ctrl-C, and by SIGTERM."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

ROOT = Path(__file__).parents[3]


def processes_of(mark: str) -> set[int]:
    """The processes that have inherited a mark in their environment, zombies apart."""
    return {int(folder.name) for folder in Path("/proc").glob("[0-9]*") if has(folder, mark)}


def has(folder: Path, mark: str) -> bool:
    try:
        return mark.encode() in (folder / "environ").read_bytes()
    except OSError:  # it has gone meanwhile, or is another user's
        return False


@pytest.fixture
def mark() -> str:
    return f"MARK={uuid4()}"


@pytest.fixture
def demo(tmp_path: Path, mark: str) -> Iterator[subprocess.Popen[str]]:
    """The demo, with a model at work."""
    with subprocess.Popen(
        [sys.executable, ROOT / "examples/quickstart/demo.py"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **dict([mark.split("=")])},
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "says:" in line:
                break
        yield process
        for pid in processes_of(mark):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_demo_that_is_stopped_leaves_no_process_behind(
    demo: subprocess.Popen[str], mark: str, number: signal.Signals, tmp_path: Path
) -> None:
    assert len(processes_of(mark)) > 1
    demo.send_signal(number)
    assert demo.wait(30) == 0
    assert processes_of(mark) == set()
    assert (tmp_path / "build/quickstart.svg").exists()
