"""Neutral tensors: what every protocol is decoded to and every engine is fed with.

This module knows neither wire formats nor OpenVINO. A tensor's elements travel as one NumPy array;
the two datatypes that NumPy lacks are carried by convention: BF16 as ``uint16`` bit patterns, BYTES
as ``object`` arrays of ``bytes``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]


class Datatype(StrEnum):
    """Element types under their Open Inference Protocol names."""

    __hash__ = str.__hash__  # Enum's own is written in Python, and every request asks for it

    BOOL = "BOOL"
    INT8 = "INT8"
    INT16 = "INT16"
    INT32 = "INT32"
    INT64 = "INT64"
    UINT8 = "UINT8"
    UINT16 = "UINT16"
    UINT32 = "UINT32"
    UINT64 = "UINT64"
    FP16 = "FP16"
    BF16 = "BF16"
    FP32 = "FP32"
    FP64 = "FP64"
    BYTES = "BYTES"


NUMPY_DTYPES: dict[Datatype, np.dtype[Any]] = {
    Datatype.BOOL: np.dtype(np.bool_),
    Datatype.INT8: np.dtype(np.int8),
    Datatype.INT16: np.dtype(np.int16),
    Datatype.INT32: np.dtype(np.int32),
    Datatype.INT64: np.dtype(np.int64),
    Datatype.UINT8: np.dtype(np.uint8),
    Datatype.UINT16: np.dtype(np.uint16),
    Datatype.UINT32: np.dtype(np.uint32),
    Datatype.UINT64: np.dtype(np.uint64),
    Datatype.FP16: np.dtype(np.float16),
    Datatype.BF16: np.dtype(np.uint16),
    Datatype.FP32: np.dtype(np.float32),
    Datatype.FP64: np.dtype(np.float64),
    Datatype.BYTES: np.dtype(np.object_),
}


VALUE_DTYPES: dict[Datatype, np.dtype[Any]] = {
    **NUMPY_DTYPES,
    Datatype.BF16: np.dtype(np.float32),
}
"""Where elements are numbers and not bit patterns: BF16 as the FP32 that holds it."""


class Dimension(NamedTuple):
    """The sizes that one axis accepts, both ends included; ``max`` is None where unbounded."""

    min: int
    max: int | None

    @classmethod
    def of(cls, size: int) -> Dimension:
        """A static axis."""
        return cls(size, size)

    @property
    def is_static(self) -> bool:
        return self.min == self.max

    @property
    def wire(self) -> int:
        """The axis as the protocols write it: its size, or -1 where it is not fixed."""
        return self.min if self.is_static else -1

    def accepts(self, size: int) -> bool:
        return self.min <= size and (self.max is None or size <= self.max)

    def __str__(self) -> str:
        if self.is_static:
            return str(self.min)
        return "-1" if self.max is None else f"{self.min}:{self.max}"


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """What a model says of one input or output.

    Attributes:
        shape: None for a dynamic rank.
        layout: a letter for each axis as far as they are known, such as ``NHWC`` or ``N...``.
        static_shape: the sizes, where every axis has but one; else None.
    """

    name: str
    datatype: Datatype
    shape: tuple[Dimension, ...] | None
    layout: str = ""
    static_shape: tuple[int, ...] | None = field(init=False)

    def __post_init__(self) -> None:
        is_static = self.shape is not None and all(axis.is_static for axis in self.shape)
        sizes = tuple(axis.min for axis in self.shape or ()) if is_static else None
        object.__setattr__(self, "static_shape", sizes)

    @property
    def wire_shape(self) -> list[int]:
        """The shape as metadata answers it; a dynamic rank is one axis of -1."""
        return [-1] if self.shape is None else [axis.wire for axis in self.shape]


class InputTensor(NamedTuple):
    """One input as a client sent it, its content not yet looked at.

    ``content`` is little-endian bytes (``memoryview``; a BYTES element stands behind its length),
    or the values as decoded JSON (flat or nested lists), or an array that the codec made already
    (typed protobuf contents; flat or in shape).
    """

    name: str
    datatype: str
    shape: tuple[int, ...]
    content: memoryview | list[Any] | Array


class OutputTensor(NamedTuple):
    """One output; ``array`` may point into the engine's memory until the answer is encoded."""

    name: str
    datatype: Datatype
    array: Array
