"""A server of our own: a process that serves one model on free ports while it is wanted."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from subprocess import Popen, TimeoutExpired
from typing import IO, Final

from modelserver_runtime.settings import SettingsError
from modelserver_runtime.tools.bench.apis.rest import RestServer
from modelserver_runtime.tools.bench.options import Comparison, Target

MODEL: Final = "model"
_ADDRESS: Final = "127.0.0.1"
_LOOK_SECONDS: Final = 0.05
_END_SECONDS: Final = 10.0


@asynccontextmanager
async def serving(
    model: Comparison, plugin_config: Mapping[str, str], step_timeout: float
) -> AsyncIterator[Target]:
    """A model that is ready to answer, compiled with these properties.

    Args:
        step_timeout: seconds that a request to it may take.

    Raises:
        SettingsError: it could not be loaded.
    """
    grpc_port, rest_port = _free_port(), _free_port()
    target = Target(_ADDRESS, grpc_port, rest_port, MODEL, None, step_timeout)
    with tempfile.TemporaryFile() as log:
        process = _start(_command(model, plugin_config, target), log)
        try:
            await _ready(process, RestServer(_ADDRESS, rest_port, step_timeout), log)
            yield target
        finally:
            await _end(process)


def _start(command: Sequence[str], log: IO[bytes]) -> Popen[bytes]:
    # Not asyncio's: were that cancelled as it starts a process, nobody would end the process.
    return Popen(command, stdout=log, stderr=log)  # noqa: S603  # this very program


def _command(model: Comparison, plugin_config: Mapping[str, str], target: Target) -> list[str]:
    flags = {
        "model_name": MODEL,
        "model_path": model.model_path,
        "target_device": model.target_device,
        "plugin_config": json.dumps(plugin_config),
        "port": target.grpc_port,
        "rest_port": target.rest_port,
        "grpc_bind_address": _ADDRESS,
        "rest_bind_address": _ADDRESS,
        "file_system_poll_wait_seconds": 0,
        "metrics_list": "ovms_streams,ovms_infer_req_queue_size",
    }
    given = [f"--{name}={value}" for name, value in flags.items()]
    return [sys.executable, "-m", "modelserver_runtime", "--metrics_enable", *given]


async def _ready(process: Popen[bytes], server: RestServer, log: IO[bytes]) -> None:
    """Wait until the model was loaded. Raises SettingsError where it could not be."""
    while not await server.answers("/v2/health/ready"):
        if process.poll() is not None:
            raise SettingsError(f"--compare-hints: {_last_line(log)}")
        await asyncio.sleep(_LOOK_SECONDS)
    if not await server.answers(f"/v2/models/{MODEL}/ready"):
        raise SettingsError(f"--compare-hints: {_last_line(log)}")


def _last_line(log: IO[bytes]) -> str:
    log.seek(0)
    lines = log.read().decode(errors="replace").splitlines()
    return lines[-1] if lines else "the server ended without a word"


async def _end(process: Popen[bytes]) -> None:
    process.terminate()
    try:
        await asyncio.to_thread(process.wait, _END_SECONDS)
    except TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.create_server((_ADDRESS, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
