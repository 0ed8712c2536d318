"""An inference, layer by layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter


@dataclass(frozen=True, slots=True)
class Layer:
    """One node of a compiled graph.

    Attributes:
        node_type: what it computes, such as Convolution.
        exec_type: the kernel that did it, with the precision at its end: ``jit_avx512_f32``,
            ``jit:ir__i8``.
        executed: whether it ran; the others were fused into another one or optimized away.
        milliseconds: how long it ran.
        is_onednn: whether the kernel is oneDNN's; None where that is not known.
    """

    name: str
    node_type: str
    exec_type: str
    executed: bool
    milliseconds: float
    is_onednn: bool | None = None

    @property
    def precision(self) -> str:
        """The precision it computed in, as the end of its kernel's name says it."""
        return self.exec_type.rpartition("_")[2]


class Sort(StrEnum):
    """How layers are put in order."""

    ORDER = "order"
    TIME = "time"


def arranged(layers: Sequence[Layer], sort: Sort, *, executed_only: bool) -> list[Layer]:
    """The layers in the order of execution, or slowest first; all, or those that ran."""
    shown = [layer for layer in layers if layer.executed or not executed_only]
    if sort is Sort.TIME:
        shown.sort(key=attrgetter("milliseconds"), reverse=True)
    return shown


def total_ms(layers: Sequence[Layer]) -> float:
    """The time that all of them took."""
    return sum(layer.milliseconds for layer in layers)


def onednn_ms(layers: Sequence[Layer]) -> float | None:
    """The time that ran in oneDNN's kernels; None where that is not known of every layer."""
    ran = [layer for layer in layers if layer.executed]
    if any(layer.is_onednn is None for layer in ran):
        return None
    return total_ms([layer for layer in ran if layer.is_onednn])
