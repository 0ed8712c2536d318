"""A model that adds one, compiled by OpenVINO itself."""

from __future__ import annotations

from collections.abc import Callable

import openvino as ov
import pytest
from openvino import opset13 as ops

from modelserver_runtime.engine.slot import Slot
from modelserver_runtime.tensors import Datatype, Dimension, TensorSpec

SPEC = TensorSpec("x", Datatype.FP32, (Dimension(1, None), Dimension.of(3)))


@pytest.fixture(scope="session")
def plus_one() -> ov.CompiledModel:
    x = ops.parameter([-1, 3], ov.Type.f32, name="x")
    model = ov.Model([ops.add(x, ops.constant(1.0, ov.Type.f32))], [x], "plus_one")
    return ov.Core().compile_model(model, "CPU", {"NUM_STREAMS": 1, "INFERENCE_NUM_THREADS": 1})


@pytest.fixture
def slots(plus_one: ov.CompiledModel) -> Callable[[int], list[Slot]]:
    def make(count: int) -> list[Slot]:
        return [Slot(plus_one.create_infer_request(), [SPEC], [SPEC]) for _ in range(count)]

    return make
