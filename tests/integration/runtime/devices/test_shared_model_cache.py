"""A model cache that is shared: by servers that start at once, and by nodes of another make."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from modelserver_runtime.engine.compiler import Compiled

# isort: split
import openvino as ov
from openvino import opset13 as ops

if TYPE_CHECKING:
    from conftest import Repository, Server, StartServer

Compile = Callable[..., Compiled]

SIZE = 256
NAMES = [f"m{number}" for number in range(12)]
ONES = np.ones((1, SIZE), np.float32)
BODY = {"inputs": [{"name": "x", "shape": [1, SIZE], "datatype": "FP32", "data": ONES[0].tolist()}]}
WITH_WEIGHTS = {"CACHE_MODE": "OPTIMIZE_SPEED"}


def matrix() -> np.ndarray:
    return np.random.default_rng(0).random((SIZE, SIZE), np.float32)


@pytest.fixture(scope="module")
def model() -> ov.Model:
    """``y`` is ``x`` times a matrix."""
    x = ops.parameter([1, SIZE], ov.Type.f32, name="x")
    x.output(0).set_names({"x"})
    y = ops.matmul(x, ops.constant(matrix()), False, False)
    y.output(0).set_names({"y"})
    return ov.Model([y], [x], "matrix")


def answers(server: Server) -> list[list[float]]:
    asked = [server.ask(f"/v2/models/{name}/infer", BODY) for name in NAMES]
    assert {status for status, _ in asked} == {200}
    return [answer["outputs"][0]["data"] for _, answer in asked]


def hits(server: Server) -> int:
    page = server.get("/metrics")[1].decode()
    return len(re.findall(r"^modelserver_loaded_from_cache{.*} 1$", page, re.MULTILINE))


@pytest.mark.parametrize("plugin_config", [{}, WITH_WEIGHTS], ids=["without weights", "with"])
def test_servers_that_start_at_once_all_serve_and_leave_a_cache_that_is_whole(
    start_server: StartServer,
    repository: Repository,
    model: ov.Model,
    tmp_path: Path,
    plugin_config: dict[str, str],
) -> None:
    for name in NAMES:
        repository.add(name, 1, model)
    config = repository.config(*NAMES, plugin_config=plugin_config)
    flags = ("--config_path", str(config), "--cache_dir", str(tmp_path / "cache"))

    with ThreadPoolExecutor(3) as starting:
        together = list(starting.map(lambda _: start_server(*flags), range(3)))
    later = start_server(*flags)

    expected = (ONES @ matrix())[0]
    for server in (*together, later):
        for answer in answers(server):
            np.testing.assert_allclose(answer, expected, rtol=1e-2)
    assert hits(later) == len(NAMES)


@pytest.fixture
def cached(compile_model: Compile, model: ov.Model, tmp_path: Path) -> Path:
    """The file that a first load has left in the cache."""
    first = compile_model(model, name="m", cache_dir=str(tmp_path / "cache"))
    assert first.cache is not None
    (file,) = first.cache.files
    return file


def halved(content: bytes) -> bytes:
    return content[: len(content) // 2]


def of_an_older_processor(content: bytes) -> bytes:
    """The instruction sets stand in the file's head: those of this CPU, and so none of another."""
    head, _, rest = content.partition(b"isa=")
    assert rest, "OpenVINO no longer writes down the processor's instruction sets"
    return head + b"isa=SSE" + rest[3:]


def of_an_older_openvino(content: bytes) -> bytes:
    release = ov.get_version().partition("-")[0].encode()
    assert release in content, "OpenVINO no longer writes down its release"
    return content.replace(release, b"2022" + release[4:])


@pytest.mark.parametrize(
    "change",
    [halved, of_an_older_processor, of_an_older_openvino, lambda _: b""],
    ids=["half written", "another processor", "another OpenVINO", "empty"],
)
def test_a_file_that_does_not_fit_is_a_miss_and_written_anew(
    compile_model: Compile,
    model: ov.Model,
    cached: Path,
    tmp_path: Path,
    change: Callable[[bytes], bytes],
) -> None:
    whole = cached.read_bytes()
    cached.write_bytes(change(whole))

    again, last = (
        compile_model(model, name="m", cache_dir=str(tmp_path / "cache")) for _ in range(2)
    )

    assert [each.cache is not None and each.cache.hit for each in (again, last)] == [False, True]
    for each in (again, last):
        slot = each.slots[0]
        slot.bind([ONES])
        slot.run()
        np.testing.assert_allclose(slot.outputs()[0], ONES @ matrix(), rtol=1e-2)


def test_a_server_that_serves_from_a_file_does_not_mind_its_being_cut(
    start_server: StartServer, repository: Repository, model: ov.Model, tmp_path: Path
) -> None:
    """A node of another make writes its own file in the place of the one in use."""
    for name in NAMES:
        repository.add(name, 1, model)
    config = repository.config(*NAMES, plugin_config=WITH_WEIGHTS)
    flags = ("--config_path", str(config), "--cache_dir", str(tmp_path / "cache"))
    start_server(*flags)
    server = start_server(*flags)
    assert hits(server) == len(NAMES)

    for file in (tmp_path / "cache").rglob("*.blob"):
        file.write_bytes(b"")

    assert len(answers(server)) == len(NAMES)
    assert server.process.poll() is None
