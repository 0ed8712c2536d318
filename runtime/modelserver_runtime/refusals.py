"""What a client is told when what it sent is not what it should be."""

from __future__ import annotations

import json
from math import prod
from typing import Any, Final

import numpy as np

from modelserver_runtime.errors import InvalidRequest
from modelserver_runtime.tensors import VALUE_DTYPES, Datatype, InputTensor

_SHOWN_AT_MOST: Final = 40  # characters of a refused value that its message repeats


def check_count(actual: int, tensor: InputTensor) -> None:
    """Raise InvalidRequest unless ``actual`` values fill the tensor's shape."""
    expected = prod(tensor.shape)
    if actual != expected:
        raise InvalidRequest(
            f"Invalid number of values in tensor proto container - Expected: {expected} values; "
            f"Actual: {actual} values; input name: {tensor.name}"
        )


def wrong_size(tensor: InputTensor, what: str) -> InvalidRequest:
    """The bytes of raw content do not add up."""
    return InvalidRequest(
        f"Invalid content size of tensor proto - {what}; input name: {tensor.name}"
    )


def impossible_shape(tensor: InputTensor) -> InvalidRequest:
    """No array can have the tensor's shape."""
    return InvalidRequest(
        "Invalid input shape - Expected: at most 64 dimensions, none of them negative, that memory "
        f"can address; Actual: {_written(tensor.shape)}; input name: {tensor.name}"
    )


def wrong_nesting(tensor: InputTensor, given: str) -> InvalidRequest:
    """Nested JSON arrays that are not the tensor's shape."""
    return InvalidRequest(
        f"Invalid nesting of values - Expected: one flat array, or arrays nested as the shape "
        f"{_written(tensor.shape)}; Actual: {given}; input name: {tensor.name}"
    )


def wrong_value(tensor: InputTensor, datatype: Datatype, value: Any) -> InvalidRequest:  # noqa: ANN401
    """A value that the datatype can't hold."""
    return InvalidRequest(
        f"Invalid input value - Expected: {datatype}, {_allowed(datatype)}; "
        f"Actual: {shown(value)}; input name: {tensor.name}"
    )


def labels_unsupported(label: str) -> InvalidRequest:
    """A version was named by a label, as TensorFlow Serving allows."""
    return InvalidRequest(
        f"Version labels are not supported - Expected: a version's number; Actual: label {label}"
    )


def shown(value: object) -> str:
    """A decoded JSON value as its sender wrote it, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN_AT_MOST else f"{text[:_SHOWN_AT_MOST]}…"


def _allowed(datatype: Datatype) -> str:
    dtype = VALUE_DTYPES[datatype]
    match dtype.kind:
        case "b":
            return "true or false"
        case "i" | "u":
            return f"an integer from {np.iinfo(dtype).min} to {np.iinfo(dtype).max}"
        case "f":
            return f"a number from {np.finfo(dtype).min} to {np.finfo(dtype).max}"
        case _:
            return "a string"


def _written(shape: tuple[int, ...]) -> str:
    return f"({','.join(map(str, shape))})"
