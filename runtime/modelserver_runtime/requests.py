"""One inference, in no protocol's terms: what codecs make and what they are given back.

Named tuples, here and wherever a value is made for every request: a frozen dataclass takes three
times as long to build.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from modelserver_runtime.tensors import InputTensor, OutputTensor


class RequestedOutput(NamedTuple):
    """An output that the client asked for; ``binary`` is None where it left the form open."""

    name: str
    binary: bool | None = None


class InferRequest(NamedTuple):
    """A decoded request. ``outputs`` is None where the client wants them all."""

    inputs: tuple[InputTensor, ...]
    outputs: tuple[RequestedOutput, ...] | None
    id: str
    parameters: Mapping[str, object]
    binary_outputs: bool


class InferResponse(NamedTuple):
    """An answer, valid only while it is being encoded: its arrays belong to the engine."""

    model: str
    version: int
    id: str
    outputs: Sequence[OutputTensor]
