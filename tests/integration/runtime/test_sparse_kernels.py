"""Sparse weights on a CPU that has AMX: the log says what the CPU does."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from modelserver_runtime.engine.compiler import Compiled, load
from modelserver_runtime.engine.core import create_core
from modelserver_runtime.engine.cpu_features import features
from modelserver_runtime.engine.sparse_weights import RATE
from modelserver_runtime.settings import ModelSettings

# isort: split
import openvino as ov
from openvino import opset13 as ops

if TYPE_CHECKING:
    from conftest import Repository

pytestmark = pytest.mark.skipif(
    "AMX" not in features(Path("/proc/cpuinfo").read_text()), reason="this CPU has no AMX"
)

LogOfLoading = Callable[[ov.Model], list[str]]

WIDTH = 128
LAYERS = {"sparse": 0.9, "dense": 0.3}


def network(length: int, *, quantized_inputs: bool = True) -> ov.Model:
    """The layers of that name, one after the other, with their shares of zeros."""
    x = tokens = ops.parameter([1, length, WIDTH], np.float32, name="x")
    random = np.random.default_rng(0)
    for name, zeros in LAYERS.items():
        if quantized_inputs:
            x = ops.fake_quantize(x, -4.0, 4.0, -4.0, 4.0, 256)
        values = random.integers(1, 128, (WIDTH, WIDTH)).astype(np.int8)
        values[random.random(values.shape) < zeros] = 0
        weights = ops.multiply(ops.convert(ops.constant(values), "f32"), np.float32(0.001))
        x = ops.matmul(x, weights, False, True, name=name)
    return ov.Model([x], [tokens], "network")


def kernels(compiled: ov.CompiledModel) -> list[str]:
    """What the layers run as, in their order."""
    infos = [node.get_rt_info() for node in compiled.get_runtime_model().get_ordered_ops()]
    return [
        info["primitiveType"].astype(str)
        for info in infos
        if info["layerType"].astype(str) == "FullyConnected"
    ]


@pytest.fixture
def log_of_loading(
    repository: Repository, caplog: pytest.LogCaptureFixture, kept: Callable[[Compiled], Compiled]
) -> LogOfLoading:
    """Loads a model as the server does."""

    def log_of_loading(model: ov.Model) -> list[str]:
        repository.add("m", 1, model)
        path = repository.base_path("m") / "1" / "model.xml"
        settings = ModelSettings("m", str(path.parents[1]), plugin_config={RATE: "0.8"})
        with caplog.at_level(logging.INFO):
            kept(load(create_core(), path, settings, threads=1))
        return [record.getMessage().removeprefix("model m: ") for record in caplog.records]

    return log_of_loading


def test_the_cpu_runs_sparse_int8_weights_with_a_kernel_of_its_own() -> None:
    compiled = ov.Core().compile_model(network(16), "CPU", {RATE: 0.8})

    assert [kernel.lower() for kernel in kernels(compiled)] == [
        "brgemm_avx512_amx_sparse_i8",
        "brgemm_avx512_amx_i8",
    ]


@pytest.mark.parametrize("length", [16, -1], ids=["static", "dynamic"])
def test_the_log_of_a_load_says_so(log_of_loading: LogOfLoading, length: int) -> None:
    qualified, hindered = log_of_loading(network(length))

    assert qualified.startswith("1 of 2 MatMuls")
    assert ": sparse (" in qualified
    assert hindered.startswith("1 do not, for too few zeros: dense (")


def test_weights_alone_in_int8_are_not_taken_for_a_quantized_model(
    log_of_loading: LogOfLoading,
) -> None:
    said = log_of_loading(network(16, quantized_inputs=False))

    assert said[0].startswith("0 of 2 MatMuls")
    assert any(line.startswith("1 do not, for inputs that are not INT8: sparse") for line in said)


def test_sparse_weights_give_the_same_answers() -> None:
    model, core = network(16), ov.Core()
    x = np.random.default_rng(1).standard_normal((1, 16, WIDTH)).astype(np.float32)

    sparse, dense = (core.compile_model(model, "CPU", {RATE: rate})([x])[0] for rate in (0.8, 1.0))

    np.testing.assert_array_equal(sparse, dense)
