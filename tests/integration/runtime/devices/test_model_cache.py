"""Compiled models that are kept between starts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from modelserver_runtime.engine.compiler import Compiled
from modelserver_runtime.engine.core import create_core
from modelserver_runtime.engine.model_cache import CacheUse, compact_form, folder_for
from modelserver_runtime.settings import Conversion, PluginConfig
from modelserver_runtime.tensors import Array

# isort: split
import openvino as ov
from openvino import opset13 as ops

if TYPE_CHECKING:
    from conftest import Repository, StartServer

Compile = Callable[..., Compiled]

WEIGHTS = 2**16  # bytes


@pytest.fixture
def large_model() -> ov.Model:
    """A model with enough weights to tell a cache file with them from one without."""
    x = ops.parameter([1, 128], ov.Type.f32, name="x")
    weights = np.random.default_rng(0).random((128, 128), np.float32)
    return ov.Model([ops.matmul(x, ops.constant(weights), False, False)], [x], "large")


def test_without_a_cache_there_is_neither_hit_nor_miss(
    compile_model: Compile, tiny_model: ov.Model
) -> None:
    assert compile_model(tiny_model).cache is None


@pytest.mark.parametrize("target", ["CPU", "XCPU", "AUTO:XCPU,CPU", "MULTI:CPU", "BATCH:CPU(4)"])
def test_the_second_load_is_a_hit(
    compile_model: Compile, large_model: ov.Model, tmp_path: Path, target: str
) -> None:
    cache = str(tmp_path / "cache")

    first, second = (
        compile_model(large_model, name="m", target_device=target, cache_dir=cache).cache
        for _ in range(2)
    )

    assert first is not None
    assert first.files
    assert not first.hit
    assert second == CacheUse(True, first.files)
    assert {file.parent for file in first.files} == {tmp_path / "cache/m/1"}


def test_the_weights_stay_out_of_the_cache(
    compile_model: Compile, large_model: ov.Model, tmp_path: Path
) -> None:
    compiled = compile_model(large_model, cache_dir=str(tmp_path))

    assert compiled.cache is not None
    assert sum(file.stat().st_size for file in compiled.cache.files) < WEIGHTS / 2


def test_unless_their_user_wants_them_there(
    compile_model: Compile, large_model: ov.Model, tmp_path: Path
) -> None:
    config = {"CACHE_DIR": str(tmp_path / "mine"), "CACHE_MODE": "OPTIMIZE_SPEED"}

    compiled = compile_model(large_model, plugin_config=config)

    assert compiled.cache is not None
    assert [file.parent for file in compiled.cache.files] == [tmp_path / "mine"]
    assert compiled.cache.files[0].stat().st_size > WEIGHTS / 2


def test_changed_weights_are_a_miss(
    compile_model: Compile, large_model: ov.Model, tmp_path: Path, repository: Repository
) -> None:
    compile_model(large_model, name="m", cache_dir=str(tmp_path))
    weights = repository.base_path("m") / "1" / "model.bin"
    weights.write_bytes(bytes(weights.stat().st_size))

    compiled = compile_model(large_model, name="m", cache_dir=str(tmp_path))

    assert compiled.cache is not None
    assert not compiled.cache.hit


def test_a_converted_model_answers_from_the_cache_as_without(
    compile_model: Compile, tmp_path: Path
) -> None:
    x = ops.parameter([1, 3, 8, 8], ov.Type.f32, name="x")
    weights = np.random.default_rng(0).random((4, 3, 3, 3), np.float32)
    y = ops.convolution(x, ops.constant(weights), [1, 1], [0, 0], [0, 0], [1, 1])
    model = ov.Model([y], [x], "image")
    conversions = {
        "layout": Conversion("NHWC", "NCHW"),
        "mean": (1.0, 2.0, 3.0),
        "scale": (4.0, 5.0, 6.0),
        "cache_dir": str(tmp_path / "cache"),
    }
    image = np.random.default_rng(1).random((1, 8, 8, 3), np.float32)

    cold, warm = (compile_model(model, name="image", **conversions) for _ in range(2))

    assert (cold.cache and cold.cache.hit, warm.cache and warm.cache.hit) == (False, True)
    first, second = (answer(compiled, image) for compiled in (cold, warm))
    np.testing.assert_array_equal(first, second)
    assert first.any()


def answer(compiled: Compiled, image: Array) -> Array:
    slot = compiled.slots[0]
    slot.bind([image])
    slot.run()
    return slot.outputs()[0].copy()


@pytest.mark.parametrize(
    ("name", "model", "folder"),
    [
        ("m", "/models/m/3/model.xml", "/cache/m/3"),
        ("m", "/models/m/3", "/cache/m/3"),
        ("m", "/models/m.onnx", "/cache/m/1"),
        ("m", "/downloads/s3/3-0af9/model.xml", "/cache/m/3"),
        ("a/../b", "/models/b/1/model.xml", "/cache/a%2F..%2Fb/1"),
    ],
)
def test_each_version_has_a_folder(name: str, model: str, folder: str) -> None:
    assert folder_for("/cache", name, Path(model)) == Path(folder)


@pytest.mark.parametrize(
    ("target", "model", "given"),
    [
        ("CPU", "model.xml", {}),
        ("CPU", "model.onnx", {"CACHE_DIR": "/cache"}),
        ("AUTO:CPU", "model.xml", {"CACHE_DIR": "/cache"}),
        ("BATCH:CPU(4)", "model.xml", {"CACHE_DIR": "/cache"}),
    ],
)
def test_weights_are_kept_in_the_cache_where_openvino_cannot_be_told_of_their_file(
    tmp_path: Path, target: str, model: str, given: PluginConfig
) -> None:
    (tmp_path / "model.bin").touch()
    assert compact_form(create_core(), target, tmp_path / model, given) == {}


def test_a_server_tells_of_hit_and_miss(
    start_server: StartServer, repository: Repository, tiny_model: ov.Model, tmp_path: Path
) -> None:
    repository.add("tiny", 1, tiny_model)
    config = ["--config_path", str(repository.config("tiny")), "--cache_dir", str(tmp_path)]

    for hit, word in ((0, "miss"), (1, "hit")):
        server = start_server(*config)

        (file,) = (tmp_path / "tiny/1").iterdir()
        assert f"cache: {word} [{file}]" in server.log.read_text()
        series = 'modelserver_loaded_from_cache{name="tiny",version="1"}'
        shown = server.get("/metrics")[1].decode()
        assert f"{series} {hit}" in shown
        assert re.search(r'^modelserver_load_seconds\{name="tiny",version="1"\} 0\.\d', shown, re.M)
        (status,) = json.loads(server.get("/v1/config")[1])["tiny"]["model_version_status"]
        assert status["execution_devices"] == ["CPU"]
        assert status["model_cache"] == {"hit": bool(hit), "files": [str(file)]}
