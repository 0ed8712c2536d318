"""The real process: what it answers, how it starts, how it stops."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

# Before openvino, which the engine imports without its telemetry.
import modelserver_runtime.engine  # noqa: F401

# isort: split
import openvino as ov
from openvino import opset13 as ops

if TYPE_CHECKING:
    from conftest import Repository, Server, StartServer


@pytest.fixture
def tiny_flags(repository: Repository, tiny_model: ov.Model) -> list[str]:
    repository.add("tiny", 1, tiny_model)
    return ["--model_name", "tiny", "--model_path", str(repository.base_path("tiny"))]


def run(command: str, *flags: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([command, *flags], capture_output=True, text=True, timeout=20)


def test_every_model_of_the_config_answers(server: Server) -> None:
    status, body = server.get("/v2/models/identity_int8")

    assert status == 200
    assert json.loads(body)["versions"] == ["1"]


def test_metrics_turned_on_in_the_config_are_shown(
    start_server: StartServer, repository: Repository, tiny_flags: list[str]
) -> None:
    config = repository.config("tiny")
    metrics = {"metrics": {"enable": True, "metrics_list": ["ovms_infer_req_queue_size"]}}
    config.write_text(json.dumps({**json.loads(config.read_text()), "monitoring": metrics}))
    server = start_server("--config_path", str(config), metrics=False)

    text = server.get("/metrics")[1].decode()

    assert 'ovms_infer_req_queue_size{name="tiny",version="1"} 1' in text
    assert "ovms_streams" not in text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order(
    start_server: StartServer, tiny_flags: list[str], number: signal.Signals
) -> None:
    server = start_server(*tiny_flags)

    server.process.send_signal(number)

    assert server.process.wait(5) == 0
    assert server.log.read_text().rstrip().endswith("stopped")


def test_a_second_signal_ends_it_at_once(start_server: StartServer, tiny_flags: list[str]) -> None:
    server = start_server(*tiny_flags)
    host, port = server.rest.split(":")
    with socket.create_connection((host, int(port))) as client:
        client.sendall(b"POST /v2/models/tiny/infer HTTP/1.1\r\ncontent-length: 9\r\n\r\n")
        time.sleep(0.2)
        server.process.terminate()
        time.sleep(0.5)
        assert server.process.poll() is None, "it waits for the request to come in whole"

        server.process.terminate()

        assert server.process.wait(2) == 128 + signal.SIGTERM


def test_a_new_version_is_found_and_served(
    start_server: StartServer,
    repository: Repository,
    tiny_flags: list[str],
    tiny_model: ov.Model,
) -> None:
    server = start_server(*tiny_flags, "--file_system_poll_wait_seconds", "1")

    repository.add("tiny", 2, tiny_model)

    deadline = time.monotonic() + 10
    while json.loads(server.get("/v2/models/tiny")[1])["versions"] != ["2"]:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_inputs_that_do_not_fit_together_do_no_harm_on_a_single_thread(
    start_server: StartServer, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.add("sum", 1, sum_of_any_sizes())
    monkeypatch.setenv("MODELSERVER_CPU_LIMIT", "1")
    server = start_server("--model_name", "sum", "--model_path", str(repository.base_path("sum")))

    answers = [ask_for_sum(server, sizes) for sizes in ([3, 3], [3, 4]) * 2 for _ in range(5)]

    assert answers == ([200] * 5 + [500] * 5) * 2


def sum_of_any_sizes() -> ov.Model:
    a, b = (ops.parameter([-1], ov.Type.f32, name=name) for name in "ab")
    return ov.Model([ops.add(a, b)], [a, b], "sum")


def ask_for_sum(server: Server, sizes: list[int]) -> int:
    inputs = [
        {"name": name, "shape": [size], "datatype": "FP32", "data": [1.0] * size}
        for name, size in zip("ab", sizes, strict=True)
    ]
    return server.post("/v2/models/sum/infer", {"inputs": inputs})[0]


def test_the_log_goes_to_a_file_too(
    start_server: StartServer, tiny_flags: list[str], tmp_path: Path
) -> None:
    start_server(*tiny_flags, "--log_path", str(tmp_path / "log"))

    assert "model tiny version 1 is available on CPU" in (tmp_path / "log").read_text()


def test_a_port_that_is_taken_ends_the_start_with_one_line(
    command: str, tiny_flags: list[str], server: Server
) -> None:
    port = server.rest.split(":")[1]

    result = run(command, *tiny_flags, "--rest_port", port)

    assert result.returncode == 1
    assert "address already in use" in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("metrics", "words"),
    [
        ({"enable": True, "metrics_list": ["ovms_nothing"]}, "Invalid name in metrics_list"),
        ({"enable": True}, "rest_port setting is missing, metrics are enabled on rest port"),
    ],
)
def test_contradictions_in_the_config_end_the_start(
    command: str, tmp_path: Path, metrics: object, words: str
) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"monitoring": {"metrics": metrics}}))
    port = "--rest_port" if "metrics_list" in words else "--port"

    result = run(command, "--config_path", str(config), port, "9")

    assert result.returncode == 64
    assert result.stderr == f"modelserver-runtime: {words}\n"


def test_a_broken_config_ends_the_start_with_one_line(command: str, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text("{")

    result = run(command, "--config_path", str(config), "--rest_port", "9")

    assert result.returncode == 2
    assert result.stderr.startswith(f"modelserver-runtime: {config}: not valid JSON: ")
    assert len(result.stderr.splitlines()) == 1


def test_an_unreadable_cpu_limit_ends_the_start_with_one_line(
    command: str, tiny_flags: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODELSERVER_CPU_LIMIT", "lots")

    result = run(command, *tiny_flags, "--rest_port", "9")

    assert result.returncode == 2
    assert result.stderr == (
        "modelserver-runtime: MODELSERVER_CPU_LIMIT: 'lots' is not a positive number of cores\n"
    )
