"""Tensor elements as JSON values, both ways.

What JSON can't carry faithfully is an error here and never a silent change: a float for an
integer, a number out of the datatype's range, NaN and Infinity (which the encoder would write as
null), bytes that are not text.
"""

from __future__ import annotations

from itertools import chain
from typing import Any, Final

import numpy as np
import orjson

from modelserver_runtime.errors import Inexpressible
from modelserver_runtime.refusals import check_count, wrong_nesting, wrong_value
from modelserver_runtime.tensors import VALUE_DTYPES, Array, Datatype, InputTensor, OutputTensor

_TYPES: Final = {
    "b": frozenset({bool}),
    "i": frozenset({int}),
    "u": frozenset({int}),
    "f": frozenset({int, float}),
    "O": frozenset({str}),
}
"""What JSON values decode to, by the kind of the NumPy type that they are meant for."""


def from_json(values: list[Any], tensor: InputTensor, datatype: Datatype) -> Array:
    """A flat array of decoded JSON values, which may be flat or nested as the tensor's shape.

    Raises:
        InvalidRequest: their number, nesting, type or range is wrong.
    """
    flat = flattened(values, tensor)
    types = _TYPES[VALUE_DTYPES[datatype].kind]
    if not types.issuperset(map(type, flat)):
        stranger = next(value for value in flat if type(value) not in types)
        raise wrong_value(tensor, datatype, stranger)
    if datatype is Datatype.BYTES:
        return np.array([text.encode() for text in flat], np.object_)
    numbers = _numbers(flat, tensor, datatype)
    return _bit_patterns(numbers) if datatype is Datatype.BF16 else numbers


def to_json(output: OutputTensor) -> orjson.Fragment:
    """The output's elements as one flat JSON array; FP16 and BF16 as the numbers they stand for.

    Raises:
        Inexpressible: an element has no JSON form.
    """
    written = orjson.dumps(_writable(output), option=orjson.OPT_SERIALIZE_NUMPY)
    if output.datatype is not Datatype.BYTES and b"null" in written:
        raise _inexpressible(output, "holds NaN or Infinity")
    return orjson.Fragment(written)


def flattened(values: list[Any], tensor: InputTensor) -> list[Any]:
    """Nested rows laid end to end: as many values as the tensor's shape has places.

    Raises:
        InvalidRequest: their number is another, or their nesting is not that of the shape.
    """
    depth, follows_shape = 0, True
    while values and type(values[0]) is list:
        depth += 1
        if any(type(row) is not list for row in values):
            raise wrong_nesting(tensor, "arrays and values side by side")
        lengths = set(map(len, values))
        follows_shape &= depth < len(tensor.shape) and lengths == {tensor.shape[depth]}
        values = list(chain.from_iterable(values))
    check_count(len(values), tensor)
    if not follows_shape:
        raise wrong_nesting(tensor, "another nesting")
    return values


def _numbers(flat: list[Any], tensor: InputTensor, datatype: Datatype) -> Array:
    dtype = VALUE_DTYPES[datatype]
    try:
        return _converted(flat, dtype)
    except (OverflowError, FloatingPointError) as error:
        misfit = next(value for value in flat if not _fits(value, dtype))
        raise wrong_value(tensor, datatype, misfit) from error


def _converted(values: Any, dtype: np.dtype[Any]) -> Array:  # noqa: ANN401
    """An array of numbers. Raises OverflowError or FloatingPointError where one is too big."""
    with np.errstate(over="raise"):
        return np.array(values, dtype)


def _fits(value: float, dtype: np.dtype[Any]) -> bool:
    try:
        _converted(value, dtype)
    except (OverflowError, FloatingPointError):
        return False
    return True


def _writable(output: OutputTensor) -> Array | list[str]:
    """The elements in a form that the JSON encoder takes."""
    if output.datatype is Datatype.BYTES:
        return _text(output.array.ravel(), output)
    return as_numbers(output).ravel()


def as_numbers(output: OutputTensor) -> Array:
    """The elements as the numbers they stand for."""
    if output.datatype is Datatype.BF16:
        return (output.array.astype(np.uint32) << 16).view(np.float32)
    return output.array


def _bit_patterns(numbers: Array) -> Array:
    """FP32 as BF16, rounded to the nearest, and to the even one where two are as near."""
    bits = numbers.view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def _text(flat: Array, output: OutputTensor) -> list[str]:
    try:
        return [element.decode() for element in flat]
    except UnicodeDecodeError as error:
        raise _inexpressible(output, "is not UTF-8 text") from error


def _inexpressible(output: OutputTensor, what: str) -> Inexpressible:
    return Inexpressible(
        f"output {output.name} {what}, which JSON can't express; ask for it as binary data"
    )
