"""24 models of 3 versions each come, change and go in one server, while clients keep asking."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest
import tritonclient.grpc
import tritonclient.grpc.aio
from prometheus_client.parser import text_string_to_metric_families

# Before openvino, which the engine imports without its telemetry.
import modelserver_runtime.engine  # noqa: F401

# isort: split
import openvino as ov
from openvino import opset13 as ops

if TYPE_CHECKING:
    from conftest import Server, StartServer

MODELS: Final = [f"model-{number}" for number in range(24)]
KEPT, ADDED = MODELS[:12], MODELS[12:]
RELOADED: Final = MODELS[::2]
VERSIONS: Final = (1, 2, 3)
WIDTH: Final = 512  # a megabyte of weights
CLIENTS: Final = 4
QUEUE_SIZE: Final = "ovms_infer_req_queue_size"
ABOUT_AS_MUCH: Final = 1.1
LOADED_WITHIN: Final = 120  # seconds, on a machine that is busy with something else

pytestmark = pytest.mark.timeout(600)


def signature(name: str, version: int) -> float:
    """What each value of a version's answer to ones is."""
    return MODELS.index(name) * 10.0 + version


def signing_model(number: float) -> ov.Model:
    x = ops.parameter([1, WIDTH], ov.Type.f32, name="x")
    y = ops.matmul(x, np.full((WIDTH, WIDTH), number / WIDTH, np.float32), False, False)
    for node, name in ((x, "x"), (y, "y")):
        node.output(0).set_names({name})
    return ov.Model([y], [x], "signing")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository of all models."""
    folder = tmp_path_factory.mktemp("models")
    for name in MODELS:
        for version in VERSIONS:
            model = signing_model(signature(name, version))
            ov.save_model(model, folder / name / str(version) / "model.xml", compress_to_fp16=False)
    return folder


def write_config(folder: Path, nireq: dict[str, int]) -> Path:
    """The config.json that serves all versions of these models, replaced in one step."""
    settings: dict[str, object] = {"model_version_policy": {"all": {}}}
    entries = [
        {"config": {"name": name, "base_path": name, "nireq": number, **settings}}
        for name, number in nireq.items()
    ]
    draft = folder / "draft.json"
    draft.write_text(json.dumps({"model_config_list": entries}))
    return draft.rename(folder / "config.json")


def resident(server: Server) -> int:
    """Bytes of memory that the server's process holds."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) * 1024


def queue_sizes(server: Server) -> dict[tuple[str, str], float]:
    """The infer requests of each version of each model that was ever loaded, 0 once it is not."""
    families = text_string_to_metric_families(server.get("/metrics")[1].decode())
    return {
        (sample.labels["name"], sample.labels["version"]): sample.value
        for family in families
        for sample in family.samples
        if sample.name == QUEUE_SIZE
    }


@asynccontextmanager
async def asked_all_the_time(server: Server) -> AsyncIterator[list[int]]:
    """Clients that ask every version in turn; a wrong answer or none at all fails the test."""
    targets = cycle([(name, version) for name in MODELS for version in VERSIONS])
    answered = [0]
    async with (
        tritonclient.grpc.aio.InferenceServerClient(server.grpc) as client,
        asyncio.TaskGroup() as tasks,
    ):

        async def keep_asking() -> None:
            while True:
                await ask(client, *next(targets))
                answered[0] += 1

        asking = [tasks.create_task(keep_asking()) for _ in range(CLIENTS)]
        yield answered
        for task in asking:
            task.cancel()


async def ask(client: tritonclient.grpc.aio.InferenceServerClient, name: str, version: int) -> None:
    ones = tritonclient.grpc.InferInput("x", [1, WIDTH], "FP32")
    ones.set_data_from_numpy(np.ones((1, WIDTH), np.float32))
    answer = await client.infer(name, [ones], model_version=str(version))
    np.testing.assert_allclose(answer.as_numpy("y"), signature(name, version), rtol=1e-4)


@pytest.fixture
def server(start_server: StartServer, folder: Path) -> Server:
    """Serves what ``write_config`` says, and to begin with nothing."""
    config = write_config(folder, {})
    return start_server("--config_path", str(config), "--metrics_list", QUEUE_SIZE)


async def serve(server: Server, folder: Path, nireq: dict[str, int]) -> None:
    """Ask for these models, wait until they and no others are loaded, and use each once."""
    write_config(folder, nireq)
    wanted = {(name, str(version)): nireq[name] for name in nireq for version in VERSIONS}
    async with asyncio.timeout(LOADED_WITHIN):
        while loaded(await asyncio.to_thread(queue_sizes, server)) != wanted:
            await asyncio.sleep(0.1)
    async with tritonclient.grpc.aio.InferenceServerClient(server.grpc) as client:
        for name in nireq:
            for version in VERSIONS:
                await ask(client, name, version)


def loaded(sizes: dict[tuple[str, str], float]) -> dict[tuple[str, str], float]:
    return {version: size for version, size in sizes.items() if size}


async def test_half_of_them_are_reloaded_and_not_one_request_fails(
    server: Server, folder: Path
) -> None:
    nireq = dict.fromkeys(MODELS, 1)
    await serve(server, folder, nireq)
    before = resident(server)

    async with asked_all_the_time(server) as answered:
        for number in (2, 1):
            await serve(server, folder, {**nireq, **dict.fromkeys(RELOADED, number)})

    assert answered[0] > len(MODELS) * len(VERSIONS)
    assert resident(server) < ABOUT_AS_MUCH * before


async def test_models_that_go_give_their_memory_back(server: Server, folder: Path) -> None:
    kept = dict.fromkeys(KEPT, 1)
    await serve(server, folder, kept)
    before = resident(server)

    for _ in range(2):
        await serve(server, folder, {**kept, **dict.fromkeys(ADDED, 1)})
        await serve(server, folder, kept)

    assert resident(server) < ABOUT_AS_MUCH * before
