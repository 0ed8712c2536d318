"""Zeros in the weights of MatMuls: how many there are, and how to make more."""

import math
import sys
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

# OpenVINO reports its use when it finds this package; not finding it, it stays silent.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

import openvino as ov  # noqa: E402
from openvino import opset13 as ops  # noqa: E402


def matmul_weights(model: ov.Model) -> Iterator[ov.Node]:
    """The constants that MatMuls multiply by, also behind what turns them from INT8 or FP16."""
    for node in model.get_ordered_ops():
        if node.get_type_name() == "MatMul":
            weights = node.input_value(1).get_node()
            while weights.get_type_name() in {"Convert", "Multiply", "Subtract"}:
                weights = weights.input_value(0).get_node()
            if weights.get_type_name() == "Constant":
                yield weights


def zeros(weights: ov.Node) -> float:
    """The share of zeros in a constant."""
    values = weights.data
    return float(1 - np.count_nonzero(values) / values.size)


def pruned(values: NDArray[np.float32], share: float) -> NDArray[np.float32]:
    """The values with the smallest of them, at least this share, set to 0."""
    count = math.ceil(share * values.size)
    if count == 0:
        return values
    magnitudes = np.abs(values)
    largest_lost = np.partition(magnitudes, count - 1, axis=None)[count - 1]
    return np.where(magnitudes <= largest_lost, np.float32(0), values)


def prune(model: ov.Model, share: float) -> None:
    """Set the smallest weights of each MatMul to 0, at least this share of them."""
    for weights in matmul_weights(model):
        replacement = ops.constant(pruned(weights.data, share))
        replacement.set_friendly_name(weights.get_friendly_name())
        weights.output(0).replace(replacement.output(0))


def summary(model: ov.Model) -> str:
    """How many MatMuls there are, and how many zeros in their weights."""
    shares = [zeros(weights) for weights in matmul_weights(model)]
    return f"{len(shares)} MatMuls, {min(shares):.0%} to {max(shares):.0%} zeros"
