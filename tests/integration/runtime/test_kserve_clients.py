"""The clients of KServe's own package against the real server."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from conftest import Server

PYTHON: Final = Path(__file__).parents[3] / "build/kserve_client/bin/python"
SCRIPT: Final = Path(__file__).with_name("kserve_client") / "ask.py"
LIVE = READY = MODEL_READY = True
NOBODY_IS_READY = False


@pytest.mark.parametrize(
    ("protocol", "states"),
    [
        ("rest", [LIVE, READY, MODEL_READY, NOBODY_IS_READY]),
        ("binary", [LIVE, READY, MODEL_READY, NOBODY_IS_READY]),
        ("grpc", [LIVE, READY, MODEL_READY]),
    ],
)
def test_kserves_own_client_gets_what_it_asks_for(
    server: Server, protocol: str, states: list[bool]
) -> None:
    if not PYTHON.exists():
        pytest.skip("KServe's clients are not installed: `make kserve-client` does it")
    address = server.grpc if protocol == "grpc" else server.rest

    done = subprocess.run(
        [PYTHON, SCRIPT, protocol, address], stdout=subprocess.PIPE, check=True, timeout=60
    )

    answer = json.loads(done.stdout)
    assert (answer["id"], answer["sum"], answer["states"]) == ("7", [[3.0] * 10], states)
    assert "Model with requested name is not found" in answer["error"]
