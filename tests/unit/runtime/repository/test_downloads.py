"""The folder of downloads, which outlives nobody."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from modelserver_runtime.repository.downloads import downloads_folder

KILLED_WHILE_IT_HOLDS_ONE = """
import os, signal
from modelserver_runtime.repository.downloads import downloads_folder
with downloads_folder() as folder:
    (folder / "model.bin").write_bytes(bytes(10))
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    return tmp_path


def test_it_is_gone_in_the_end(temporary: Path) -> None:
    with downloads_folder() as folder:
        (folder / "model.bin").touch()

    assert list(temporary.iterdir()) == []


def test_what_a_killed_process_left_is_removed_by_the_next_one(temporary: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED_WHILE_IT_HOLDS_ONE], check=False)
    assert list(temporary.glob("*/model.bin"))

    with downloads_folder() as folder:
        assert list(temporary.iterdir()) == [folder]


def test_the_folder_of_another_process_is_left_alone(temporary: Path) -> None:
    with downloads_folder() as first, downloads_folder() as second:
        assert sorted(temporary.iterdir()) == sorted([first, second])
