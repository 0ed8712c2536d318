"""``modelserver-runtime bench`` as a process, against the real server."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import openvino as ov

    from conftest import Repository, Server, StartServer

Bench = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def bench(command: str) -> Bench:
    """Runs the command with these words as its flags."""

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        arguments = [command, "bench", *words]
        return subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)

    return run


@pytest.fixture
def address(server: Server) -> list[str]:
    """The server's address as flags."""
    host, rest_port = server.rest.split(":")
    return ["-a", host, "-r", rest_port, "-p", server.grpc.split(":")[1]]


def test_a_line_of_the_original_client_prints_every_key(bench: Bench, address: list[str]) -> None:
    done = bench(*address, "-m", "tiny", "-n", "8", "--report_warmup", "--print_all")
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line.split(": ") for line in done.stdout.splitlines()]
    assert {client for client, _, _ in lines} == {"worker"}
    figures = {key: float(value) for _, key, value in lines}
    assert next(iter(figures)) == "window_netto_frame_rate"
    assert len(figures) == 3 * 19
    assert figures["window_pass_frames"] == 8
    assert figures["window_netto_frame_rate"] >= figures["window_brutto_frame_rate"] > 0


@pytest.mark.parametrize("api", ["KFS", "REST", "REST_BINARY", "TFS", "TFS_REST"])
@pytest.mark.parametrize("model", ["tiny", "identity_fp16", "identity_bytes", "identity_bool"])
def test_every_protocol_asks_models_of_any_datatype(
    bench: Bench, address: list[str], api: str, model: str
) -> None:
    sizes = [] if model == "tiny" else ["-s", "2", "3"]
    done = bench(*address, "-m", model, "--api", api, "-n", "3", "-c", "2", "-j", *sizes)
    figures = json.loads(done.stdout)
    assert (figures["pass_batches"], figures["errors"]) == (6, {})


def test_a_server_on_an_ipv6_address_is_asked(
    bench: Bench, start_server: StartServer, all_models: Path
) -> None:
    server = start_server("--config_path", str(all_models), "--grpc_bind_address", "::1")
    done = bench("-a", "::1", "-p", server.grpc.split(":")[1], "-m", "tiny", "-n", "3", "-j")
    assert json.loads(done.stdout)["pass_batches"] == 3


def test_an_open_loop_keeps_its_rate(bench: Bench, address: list[str]) -> None:
    flags = ["--rate", "200", "--arrivals", "constant", "-t", "1", "-u", "0.2", "-j"]
    figures = json.loads(bench(*address, "-m", "tiny", *flags).stdout)
    assert figures["pass_batches"] == 200
    assert 0 < figures["window_pass_batches"] < 200


def test_a_request_that_the_model_refuses_fails_and_says_why(
    bench: Bench, address: list[str]
) -> None:
    done = bench(*address, "-m", "tiny", "-n", "2", "-b", "7")
    assert done.returncode == 1
    assert "failed, 2 times: INVALID_ARGUMENT: Invalid input batch size" in done.stderr


MISTAKES = [
    (["-m", "nobody", "-n", "1"], "Model with requested name is not found"),
    (["-m", "nobody", "-n", "1", "--api", "REST"], "404: Model with requested name is not found"),
    (["-m", "identity_fp32", "-n", "1"], "give its sizes with --shape"),
    (["-m", "tiny"], "how long"),
]


@pytest.mark.parametrize(("flags", "words"), MISTAKES)
def test_a_mistake_is_told_in_one_line(
    bench: Bench, address: list[str], flags: list[str], words: str
) -> None:
    done = bench(*address, *flags)
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("flags", [["-p", "1"], ["-r", "1"]])
def test_a_server_that_is_not_there_is_told_in_one_line(bench: Bench, flags: list[str]) -> None:
    done = bench("-a", "127.0.0.1", *flags, "-m", "tiny", "-n", "1")
    assert done.returncode == 1
    assert "127.0.0.1:1: " in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_hints_are_compared_on_servers_of_its_own(
    bench: Bench, repository: Repository, tiny_model: ov.Model
) -> None:
    repository.add("tiny", 1, tiny_model)
    done = bench("--compare-hints", str(repository.base_path("tiny")), "-n", "5", "-c", "2")
    head, *rows = (line.split() for line in done.stdout.splitlines())
    assert head == ["hint", "frames/s", "p50", "ms", "p99", "ms", "streams", "nireq"]
    assert [row[0] for row in rows] == ["LATENCY", "THROUGHPUT", "none"]
    assert all(float(value) > 0 for row in rows for value in row[1:])


def test_a_model_that_cannot_be_loaded_cannot_be_compared(bench: Bench, tmp_path: Path) -> None:
    done = bench("--compare-hints", str(tmp_path / "nowhere"), "-n", "1")
    assert done.returncode == 2
    assert "--compare-hints: " in done.stderr
    assert "nowhere" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_comparison_that_is_stopped_leaves_no_server_behind(
    command: str, repository: Repository, tiny_model: ov.Model, number: signal.Signals
) -> None:
    repository.add("tiny", 1, tiny_model)
    flags = ["--compare-hints", str(repository.base_path("tiny")), "-t", "60"]
    with subprocess.Popen([command, "bench", *flags], stderr=subprocess.PIPE) as process:
        (server,) = wait_for_children(process)
        process.send_signal(number)
        _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (130, b"")
    assert not Path(f"/proc/{server}").exists()


def wait_for_children(process: subprocess.Popen[bytes]) -> list[str]:
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    deadline = time.monotonic() + 20
    while not (found := children.read_text().split()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found
