"""Tiny models, repositories made of them, and the real server on free ports."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import URLError

import pytest

# Before openvino, which the engine imports without its telemetry.
from modelserver_runtime.engine.release import QUIET_SECONDS
from modelserver_runtime.engine.slot import DATATYPES
from modelserver_runtime.tensors import Datatype

# isort: split
import openvino as ov
from openvino import opset13 as ops

T = TypeVar("T")

READY_WITHIN = 20.0  # seconds
COMMAND = str(Path(sys.executable).with_name("modelserver-runtime"))
ELEMENTS = {datatype: element for element, datatype in DATATYPES.items()}


@pytest.fixture(scope="session")
def tiny_model() -> ov.Model:
    """``sum`` is the sum of ``a`` and ``b``, each FP32 [1,10]."""
    a, b = (_parameter(name, [1, 10], ov.Type.f32) for name in "ab")
    total = ops.add(a, b)
    total.output(0).set_names({"sum"})
    return ov.Model([total], [a, b], "tiny")


@pytest.fixture(scope="session")
def identity_model() -> Callable[[Datatype], ov.Model]:
    """Makes a model whose output ``y`` is its input ``x``, of shape [-1,-1]."""

    def make(datatype: Datatype) -> ov.Model:
        x = _parameter("x", [-1, -1], ELEMENTS[datatype])
        y = ops.reshape(x, ops.shape_of(x), special_zero=False)  # opset16.identity corrupts text
        y.output(0).set_names({"y"})
        return ov.Model([y], [x], f"identity_{datatype.lower()}")

    return make


def _parameter(name: str, shape: list[int], element: ov.Type) -> ov.Node:
    parameter = ops.parameter(shape, element, name=name)
    parameter.output(0).set_names({name})
    return parameter


@dataclass(frozen=True, slots=True)
class Repository:
    """A model repository to fill and change."""

    root: Path

    def base_path(self, name: str) -> Path:
        return self.root / name

    def add(self, name: str, version: int, model: ov.Model) -> None:
        """Add a version in one step, as a careful publisher does."""
        hidden = self.base_path(name) / f".{version}"
        hidden.mkdir(parents=True)
        ov.save_model(model, hidden / "model.xml", compress_to_fp16=False)
        hidden.rename(self.base_path(name) / str(version))

    def add_broken(self, name: str, version: int) -> None:
        folder = self.base_path(name) / str(version)
        folder.mkdir(parents=True)
        (folder / "model.xml").write_text("<net>this is no model</net>")
        (folder / "model.bin").touch()

    def remove(self, name: str, version: int) -> None:
        shutil.rmtree(self.base_path(name) / str(version))

    def config(self, *names: str, **settings: object) -> Path:
        """Write a config.json that serves these models; ``settings`` are added to each."""
        entries = [
            {"config": {"name": name, "base_path": str(self.base_path(name)), **settings}}
            for name in names
        ]
        path = self.root / "config.json"
        path.write_text(json.dumps({"model_config_list": entries}))
        return path


@pytest.fixture
def kept() -> Iterator[Callable[[T], T]]:
    """Keeps what it is given: a model just warmed up must not be released at once."""
    everything: list[object] = []

    def keep(what: T) -> T:
        everything.append(what)
        return what

    yield keep
    time.sleep(QUIET_SECONDS)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "models")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; ``rest`` and ``grpc`` are its addresses as host:port."""

    rest: str
    grpc: str
    process: subprocess.Popen[bytes]
    log: Path

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body of a GET over REST."""
        return self._ask(path, None)

    def post(self, path: str, document: object) -> tuple[int, bytes]:
        """The same for a POST of a JSON document."""
        return self._ask(path, json.dumps(document).encode())

    def ask(self, path: str, document: object = None) -> tuple[int, Any]:
        """Status and decoded body of a GET, or of a POST where there is a document."""
        status, body = self.get(path) if document is None else self.post(path, document)
        return status, json.loads(body)

    def _ask(self, path: str, body: bytes | None) -> tuple[int, bytes]:
        try:
            with urllib.request.urlopen(f"http://{self.rest}{path}", body, 5) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def is_ready(self) -> bool:
        try:
            return self.get("/v2/health/ready")[0] == 200
        except (URLError, OSError):
            return False


StartServer = Callable[..., Server]


@pytest.fixture(scope="session")
def command() -> str:
    """The installed ``modelserver-runtime``."""
    return COMMAND


@pytest.fixture(scope="session")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartServer]:
    """Starts servers with the given flags beside the ports; ends them after the tests."""
    with ExitStack() as running:

        def start(*flags: str, metrics: bool = True) -> Server:
            switch = ["--metrics_enable"] if metrics else []
            while True:
                server = _launch(tmp_path_factory.mktemp("server") / "log", [*switch, *flags])
                running.callback(_end, server.process)
                try:
                    _wait_until_ready(server)
                except PortTakenError:
                    continue
                return server

        yield start


@pytest.fixture(scope="session")
def all_models(
    tmp_path_factory: pytest.TempPathFactory,
    tiny_model: ov.Model,
    identity_model: Callable[[Datatype], ov.Model],
) -> Path:
    """A config.json of ``tiny`` and, for each datatype, ``identity_<datatype>`` in lower case."""
    repository = Repository(tmp_path_factory.mktemp("models"))
    repository.add("tiny", 1, tiny_model)
    names = {f"identity_{datatype.lower()}": datatype for datatype in Datatype}
    for name, datatype in names.items():
        repository.add(name, 1, identity_model(datatype))
    return repository.config("tiny", *names)


@pytest.fixture(scope="session")
def server(start_server: StartServer, all_models: Path) -> Server:
    """A server of all models, which tests only ask: what it serves stays as it is."""
    return start_server("--config_path", str(all_models))


class PortTakenError(Exception):
    """Somebody else has taken a port since it was found free."""


def _launch(log: Path, flags: list[str]) -> Server:
    rest, grpc = _free_port(), _free_port()
    ports = ["--rest_port", str(rest), "--port", str(grpc)]
    with log.open("wb") as output:
        process = subprocess.Popen([COMMAND, *ports, *flags], stderr=output)
    return Server(f"127.0.0.1:{rest}", f"127.0.0.1:{grpc}", process, log)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _wait_until_ready(server: Server) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while not server.is_ready():
        if server.process.poll() is not None or time.monotonic() > deadline:
            if "Address already in use" in (told := server.log.read_text()):
                raise PortTakenError
            pytest.fail(f"the server did not become ready:\n{told}")
        time.sleep(0.02)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
