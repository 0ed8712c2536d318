"""Measuring an inference layer by layer, and a model's first inference."""

from __future__ import annotations

from collections.abc import Sequence

import openvino as ov

from modelserver_runtime.kernels.layers import Layer
from modelserver_runtime.kernels.onednn import marked_by_name
from modelserver_runtime.tensors import Array


def profile(compiled: ov.CompiledModel, inputs: Sequence[Array]) -> list[Layer]:
    """Infer on a request of its own, once to warm it up and once to measure.

    On a GPU the layers tell which of them are oneDNN's.

    Args:
        compiled: a model that was compiled with PERF_COUNT.
        inputs: in the model's order.

    Raises:
        RuntimeError: the device fails, or does not measure.
    """
    request = compiled.create_infer_request()
    for _ in range(2):
        request.infer(list(inputs))
    layers = [_layer(info) for info in request.get_profiling_info()]
    devices = compiled.get_property("EXECUTION_DEVICES")
    return marked_by_name(layers) if all(name.startswith("GPU") for name in devices) else layers


def _layer(info: ov.ProfilingInfo) -> Layer:
    return Layer(
        info.node_name,
        info.node_type,
        info.exec_type,
        info.status == ov.ProfilingInfo.Status.EXECUTED,
        info.real_time.total_seconds() * 1000,
    )
