"""The tensors that a run sends: made up from what the model says of its inputs, or read from files.

Several batch sizes, or several files, become several requests, which take turns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from modelserver_runtime.settings import Auto, SettingsError, Shape
from modelserver_runtime.tensors import NUMPY_DTYPES, Array, Datatype, OutputTensor
from modelserver_runtime.tools.bench import files
from modelserver_runtime.tools.bench.apis.port import ModelInput
from modelserver_runtime.tools.bench.options import DataOptions

_SEED = 0  # the same line sends the same data


class Payload(NamedTuple):
    """One request's tensors; ``frames`` is its batch size, as rates count it."""

    tensors: tuple[OutputTensor, ...]
    frames: int


def payloads(inputs: Sequence[ModelInput], options: DataOptions) -> list[Payload]:
    """The requests that take turns.

    Raises:
        SettingsError: a file is not what the model takes, or a size is missing.
    """
    if options.files:
        return [_payload(files.read(name, inputs)) for name in options.files]
    generator = np.random.default_rng(_SEED)
    return [
        _payload(tuple(_made_up(tensor, batch, options, generator) for tensor in inputs))
        for batch in options.batch_sizes or (None,)
    ]


def shape_of(tensor: ModelInput, batch: int | None, options: DataOptions) -> tuple[int, ...]:
    """The sizes to make up: those asked for, else the model's own, with a batch of 1 if it is open.

    Raises:
        SettingsError: another axis is open, and no size was given for it.
    """
    sizes = _asked_for(tensor.name, options) or tensor.shape
    if sizes and (batch is not None or sizes[0] == -1):
        sizes = (batch or 1, *sizes[1:])
    if -1 in sizes:
        raise SettingsError(
            f"input {tensor.name} has the shape {list(tensor.shape)}: give its sizes with --shape"
        )
    return sizes


def _payload(tensors: tuple[OutputTensor, ...]) -> Payload:
    first = tensors[0].array if tensors else np.empty(0)
    return Payload(tensors, len(first) if first.ndim else 1)


def _asked_for(name: str, options: DataOptions) -> tuple[int, ...] | None:
    match options.shapes:
        case None | "auto":
            return None
        case tuple() as shape:
            return _sizes(shape)
        case shapes:
            return _sizes(shapes.get(name, "auto"))


def _sizes(shape: Shape | Auto) -> tuple[int, ...] | None:
    return None if shape == "auto" else tuple(axis.wire for axis in shape)


def _made_up(
    tensor: ModelInput, batch: int | None, options: DataOptions, generator: np.random.Generator
) -> OutputTensor:
    shape = shape_of(tensor, batch, options)
    low, high = options.min_value, options.max_value
    array = _random(tensor.datatype, shape, low, high, generator)
    return OutputTensor(tensor.name, tensor.datatype, array)


def _random(
    datatype: Datatype,
    shape: tuple[int, ...],
    low: float,
    high: float,
    generator: np.random.Generator,
) -> Array:
    """Values from low to high, as far as the datatype reaches; flags and short texts for those."""
    dtype = NUMPY_DTYPES[datatype]
    match dtype.kind:
        case "b":
            return generator.integers(0, 2, shape).astype(dtype)
        case "O":
            texts: Any = generator.integers(0, 1000, shape).astype(bytes).astype(np.object_)
            return np.asarray(texts, np.object_)
        case "i" | "u" if datatype is not Datatype.BF16:
            limits = np.iinfo(dtype)
            ends = np.clip([low, high], limits.min, limits.max)
            return generator.integers(int(ends[0]), int(ends[1]), shape, dtype, endpoint=True)
        case _:
            values = generator.uniform(low, high, shape)
            return files.fitted(values, datatype)
