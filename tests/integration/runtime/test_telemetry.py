"""Nothing is sent and nothing is left behind, though ``import openvino`` would do both."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

WATCHED_IMPORT = """
import sys

seen = []
sys.addaudithook(lambda event, args: seen.append(args) if event == "socket.connect" else None)

import {module}
{module}

import threading
print(len(seen), sorted(thread.name for thread in threading.enumerate()))
"""


SILENCERS = ("CI", "TF_BUILD", "JENKINS_URL")
"""Variables that keep OpenVINO's telemetry quiet by themselves."""


def run_with_home(home: Path, module: str) -> str:
    home.mkdir()
    telling = {name: value for name, value in os.environ.items() if name not in SILENCERS}
    result = subprocess.run(
        [sys.executable, "-c", WATCHED_IMPORT.format(module=module)],
        env={**telling, "HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    return result.stdout


def test_the_server_s_import_leaves_no_trace(tmp_path: Path) -> None:
    home = tmp_path / "home"

    output = run_with_home(home, "modelserver_runtime.app")

    assert output == "0 ['MainThread']\n"
    assert not list(home.iterdir())


def test_the_plain_import_would_leave_one(tmp_path: Path) -> None:
    """The other test proves something only as long as this holds."""
    home = tmp_path / "home"

    run_with_home(home, "openvino")

    assert list(home.iterdir())
