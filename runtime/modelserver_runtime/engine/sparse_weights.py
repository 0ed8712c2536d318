"""Which MatMuls the CPU may run on compressed weights, and what keeps it from the others.

Above a set share of zeros the CPU plugin keeps INT8 weights compressed, and unpacks them right
before they are multiplied. It never says so: a model that doesn't qualify is served as if no share
had been set. The rules are those of the plugin's FullyConnected node.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from logging import INFO, WARNING
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import openvino as ov

from modelserver_runtime.engine.cpu_features import features
from modelserver_runtime.settings import PluginConfig

RATE: Final = "CPU_SPARSE_WEIGHTS_DECOMPRESSION_RATE"
"""The share of zeros, 0 to 1, from which on weights are kept compressed; at 1 none are."""

_TILE: Final = 64  # what each side of the weights has to be a multiple of
_FOLDED: Final = {"Convert", "FakeQuantize", "Multiply", "Reshape", "Subtract", "Transpose"}
"""What may stand between stored weights and their MatMul; the plugin works it out beforehand."""


class Obstacle(StrEnum):
    """Why a MatMul's weights stay as they are."""

    PRECISION = "weights that are not INT8"
    SHAPE = f"sides that are not multiples of {_TILE}"
    ZEROS = "too few zeros"
    INPUT = "inputs that are not INT8"


@dataclass(frozen=True, slots=True)
class Weights:
    """The constant weights of a MatMul.

    Attributes:
        name: the MatMul's.
        zeros: their share; None where the weights are not INT8.
    """

    name: str
    shape: tuple[int, ...]
    zeros: float | None

    def __str__(self) -> str:
        if self.zeros is None:
            return self.name
        # Rounded down: weights that just miss a rate of 80% are not to read as if they had 80.0%.
        return f"{self.name} ({math.floor(self.zeros * 1000) / 10:g}% zeros)"


class Note(NamedTuple):
    """A line for the log, and its level there."""

    level: int
    text: str


def inspect(model: ov.Model, compiled: ov.CompiledModel, config: PluginConfig) -> list[Note]:
    """What there is to say of a model that was compiled with this configuration.

    It is nothing where sparse weights are not asked for. With dynamic shapes kernels are chosen at
    the first inference, so it says more after that.
    """
    rate = float(config.get(RATE, 1))
    if rate == 1:
        return []
    amx = "AMX" in features(Path("/proc/cpuinfo").read_text())
    return list(notes(find_weights(model), _kernels(compiled), rate, amx=amx))


def find_weights(model: ov.Model) -> list[Weights]:
    """The weights of every MatMul that has constant ones, in the order of execution."""
    matmuls = (node for node in model.get_ordered_ops() if node.get_type_name() == "MatMul")
    found = map(_weights, matmuls)
    return [weights for weights in found if weights is not None]


def obstacle(weights: Weights, rate: float, kernel: str | None) -> Obstacle | None:
    """What keeps these weights from being compressed; None where nothing does.

    Args:
        kernel: what their MatMul runs as; None where that is not known.
    """
    if kernel is not None and "_sparse_" in kernel:
        return None
    if weights.zeros is None:
        return Obstacle.PRECISION
    if len(weights.shape) != 2 or any(side % _TILE for side in weights.shape):
        return Obstacle.SHAPE
    if weights.zeros < rate:
        return Obstacle.ZEROS
    return None if kernel is None else Obstacle.INPUT


def notes(
    found: Sequence[Weights], kernels: Mapping[str, str], rate: float, *, amx: bool
) -> Iterator[Note]:
    """Which weights qualify, and which don't for what reason.

    Args:
        kernels: what layers run as, by name. Without AMX they tell nothing of the model.
        amx: whether the CPU has it.
    """
    groups = defaultdict[Obstacle | None, list[Weights]](list)
    for weights in found:
        kernel = kernels.get(weights.name) if amx else None
        groups[obstacle(weights, rate, kernel)].append(weights)
    qualified = groups.pop(None, [])
    title = f"{len(qualified)} of {len(found)} MatMuls with constant weights qualify"
    title += f" for sparse weights decompression (rate {rate:g})"
    yield Note(INFO, f"{title}: {_listed(qualified)}") if qualified else Note(WARNING, title)
    for reason, hindered in groups.items():
        yield Note(INFO, f"{len(hindered)} do not, for {reason}: {_listed(hindered)}")
    if not amx:
        yield Note(WARNING, "no sparse weights are decompressed here: this CPU has no AMX")


def _listed(group: Sequence[Weights]) -> str:
    return ", ".join(map(str, group))


def _weights(matmul: ov.Node) -> Weights | None:
    value = matmul.input_value(1)
    node, is_int8 = value.get_node(), False
    while node.get_type_name() in _FOLDED:
        is_int8 |= node.get_type_name() == "FakeQuantize"
        node = node.input_value(0).get_node()
    if node.get_type_name() != "Constant":
        return None
    is_int8 |= node.get_output_element_type(0) == ov.Type.i8
    zeros = 1 - np.count_nonzero(node.data) / node.data.size if is_int8 else None
    return Weights(matmul.get_friendly_name(), tuple(value.get_shape()), zeros)


def _kernels(compiled: ov.CompiledModel) -> dict[str, str]:
    """The kernel of every layer that has one by now, by the layer's name in the model."""
    chosen: dict[str, str] = {}
    with suppress(RuntimeError):  # of a device that doesn't tell
        for node in compiled.get_runtime_model().get_ops():
            info = node.get_rt_info()
            kernel = info["primitiveType"].astype(str)
            if not kernel.startswith("undef"):
                layers = info["originalLayersNames"].astype(str).split(",")
                # What dequantizes a layer's result may be all that is left of its name.
                chosen |= {layer.partition("/Dequantization")[0]: kernel for layer in layers}
    return chosen
