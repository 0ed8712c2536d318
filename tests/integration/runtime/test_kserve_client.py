"""KServe's own REST client against the real server."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from conftest import Server

SCRIPT: Final = Path(__file__).with_name("clients") / "kserve_rest.py"


@pytest.fixture(scope="module")
def answers(server: Server) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, SCRIPT, f"http://{server.rest}"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return document


def test_it_sees_a_server_that_is_live_and_ready(answers: dict[str, Any]) -> None:
    assert answers["live"] is True
    assert answers["ready"] is True


def test_it_sees_which_model_answers(answers: dict[str, Any]) -> None:
    assert answers["model ready"] is True
    assert answers["unknown model ready"] is False


@pytest.mark.parametrize("form", ["JSON", "binary"])
def test_it_infers(answers: dict[str, Any], form: str) -> None:
    assert answers[form] == ["7", "sum", [[2.0] * 10]]


def test_it_passes_on_why_a_request_is_refused(answers: dict[str, Any]) -> None:
    assert "Invalid number of inputs - Expected: 2; Actual: 1" in answers["refusal"]
