"""A model's first inferences, before anybody asks for one."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from time import perf_counter

import numpy as np

from modelserver_runtime.engine.explain import explain
from modelserver_runtime.engine.slot import Slot
from modelserver_runtime.tensors import NUMPY_DTYPES, Array, Datatype, TensorSpec

logger = logging.getLogger(__name__)


def warm_up(slots: Sequence[Slot], inputs: Sequence[TensorSpec]) -> bool:
    """Infer once, which does what a device leaves for its first time; whether that went well.

    Where sizes are open any choice is a guess that the model may refuse: it is served all the same.

    Args:
        slots: one, or all of a batch: a lone one would wait out the batch timeout.
    """
    try:
        for slot in slots:
            slot.bind(blanks(inputs))
            slot.start(_ignore)
        for slot in slots:
            slot.settle()
    except RuntimeError as error:
        if all(_is_static(tensor) for tensor in inputs):
            raise
        logger.debug("warm-up with the smallest shapes failed: %s", explain(error))
        return False
    return True


def timed(slot: Slot) -> float:
    """What an inference with the same inputs takes, inline, in seconds."""
    started = perf_counter()
    slot.run()
    return perf_counter() - started


def blanks(inputs: Sequence[TensorSpec]) -> list[Array]:
    """What a model is warmed up with: the smallest inputs, of zeros or empty strings."""
    return [_blank(tensor) for tensor in inputs]


def _blank(tensor: TensorSpec) -> Array:
    shape = [max(1, axis.min) for axis in tensor.shape or ()]
    filler = b"" if tensor.datatype is Datatype.BYTES else 0
    return np.full(shape, filler, NUMPY_DTYPES[tensor.datatype])


def _ignore() -> None:
    """What there is to do when a warm-up has ended."""


def _is_static(tensor: TensorSpec) -> bool:
    return tensor.shape is not None and all(axis.is_static for axis in tensor.shape)
