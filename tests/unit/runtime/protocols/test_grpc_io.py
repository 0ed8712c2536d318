"""How grpc reads its sockets is chosen before it is imported, in words that it knows."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Final

import pytest

from modelserver_runtime.servers.grpc_io import choose_io

OPEN_A_SERVER: Final = """
import sys
from modelserver_runtime import app
from modelserver_runtime.servers.grpc_io import choose_io
assert "grpc" not in sys.modules
choose_io()
import grpc
from concurrent.futures import ThreadPoolExecutor
grpc.server(ThreadPoolExecutor(1)).add_insecure_port("127.0.0.1:0")
"""


def test_grpc_knows_what_it_is_told() -> None:
    done = subprocess.run(
        [sys.executable, "-c", OPEN_A_SERVER], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""


def test_what_a_user_has_chosen_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRPC_EXPERIMENTS", "tcp_rcv_lowat")
    choose_io()
    assert os.environ["GRPC_EXPERIMENTS"] == "tcp_rcv_lowat"
