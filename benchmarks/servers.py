"""The servers that are measured, each a process of its own on free ports."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """A server that is up, and how long it took to be ready."""

    name: str
    pid: int
    rest: int
    grpc: int
    seconds_to_ready: float

    def cpu_seconds(self) -> float:
        """Processor time of the process and its children so far, in user and kernel mode."""
        return sum(map(_cpu_seconds, _family(self.pid)))


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(member for child in children for member in _family(int(child)))]


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def ours(model: Path, *options: str, cores: int = 1) -> Iterator[Server]:
    """modelserver-runtime, with the flags that an operator would pass."""
    rest, grpc = free_port(), free_port()
    flags = {"model_name": model.name, "model_path": model, "port": grpc, "rest_port": rest}
    command = [Path(sys.executable).with_name("modelserver-runtime")]
    command += [f"--{flag}={value}" for flag, value in flags.items()]
    command += ["--metrics_enable", *options]
    environment = {**os.environ, "MODELSERVER_CPU_LIMIT": str(cores)}
    ready = f"http://127.0.0.1:{rest}/v2/models/{model.name}/ready"
    with _running("modelserver-runtime", command, rest, grpc, environment, ready) as server:
        yield server


@contextmanager
def mlserver(repository: Path, python: Path) -> Iterator[Server]:
    """MLServer in one process (parallel_workers 0), which is its cheapest way for a small model."""
    rest, grpc = free_port(), free_port()
    folder = repository.parent / "mlserver"
    folder.mkdir(exist_ok=True)
    settings = {
        "host": "127.0.0.1",
        "http_port": rest,
        "grpc_port": grpc,
        "metrics_port": free_port(),
        "parallel_workers": 0,
        "debug": False,
    }
    uri = str(repository / "tiny/1/model.xml")
    model = {
        "name": "tiny",
        "implementation": "openvino_mlserver.OpenVinoModel",
        "parameters": {"uri": uri},
    }
    (folder / "settings.json").write_text(json.dumps(settings))
    (folder / "model-settings.json").write_text(json.dumps(model))
    command = [python.with_name("mlserver"), "start", folder]
    environment = {**os.environ, "PYTHONPATH": str(HERE / "peers")}
    ready = f"http://127.0.0.1:{rest}/v2/models/tiny/ready"
    with _running("MLServer", command, rest, grpc, environment, ready) as server:
        yield server


@contextmanager
def _running(
    name: str, command: list[object], rest: int, grpc: int, environment: dict[str, str], ready: str
) -> Iterator[Server]:
    started = time.perf_counter()
    with subprocess.Popen(
        list(map(str, command)), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        try:
            _wait_until_ready(process, ready)
            yield Server(name, process.pid, rest, grpc, time.perf_counter() - started)
        finally:
            process.terminate()


def _wait_until_ready(process: subprocess.Popen[bytes], url: str) -> None:
    for _ in range(6000):
        if process.poll() is not None:
            assert process.stderr is not None
            raise RuntimeError(process.stderr.read().decode())
        with suppress(OSError), urllib.request.urlopen(url, timeout=1) as answer:
            if answer.status == 200:
                return
        time.sleep(0.01)
    raise TimeoutError(url)
