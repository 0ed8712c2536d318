"""From the content of an input, as it came over the wire, to an array, and back to raw bytes.

Whatever is wrong with the content itself is found here, before anything is allocated. Whether name,
datatype and shape are the model's own is the caller's question, and comes first.
"""

from __future__ import annotations

from math import prod
from typing import Any, Final

import numpy as np

from modelserver_runtime.json_values import from_json
from modelserver_runtime.refusals import check_count, impossible_shape, wrong_size, wrong_value
from modelserver_runtime.tensors import NUMPY_DTYPES, Array, Datatype, InputTensor, OutputTensor

_LENGTH_PREFIX: Final = 4  # bytes in front of every BYTES element


def to_array(tensor: InputTensor, datatype: Datatype) -> Array:
    """The elements of ``tensor``, which is known to be of ``datatype``, in its declared shape.

    Raw content is not copied: the array is a view of it, as writable as the bytes are.

    Raises:
        InvalidRequest: the content is not what datatype and shape promise.
    """
    if min(tensor.shape, default=0) < 0:
        raise impossible_shape(tensor)
    match tensor.content:
        case memoryview() as raw if datatype is Datatype.BYTES:
            return _shaped(_split(raw, tensor), tensor)
        case memoryview() as raw:
            return _view(raw, tensor, NUMPY_DTYPES[datatype])
        case list() as values:
            return _shaped(from_json(values, tensor, datatype), tensor)
        case array:
            return _shaped(_narrowed(array, tensor, datatype), tensor)


def to_raw(output: OutputTensor) -> bytes:
    """The output's elements as raw content: a copy, which outlives the engine's memory."""
    if output.datatype is Datatype.BYTES:
        return b"".join(map(_prefixed, output.array.ravel()))
    return output.array.tobytes()


def _view(raw: memoryview, tensor: InputTensor, dtype: np.dtype[Any]) -> Array:
    expected = prod(tensor.shape) * dtype.itemsize
    if raw.nbytes != expected:
        raise wrong_size(tensor, f"Expected: {expected} bytes; Actual: {raw.nbytes} bytes")
    try:
        return np.ndarray(tensor.shape, dtype, raw)
    except (ValueError, OverflowError) as error:
        raise impossible_shape(tensor) from error


def _split(raw: memoryview, tensor: InputTensor) -> Array:
    """The elements of a BYTES tensor, each of which stands behind its length."""
    elements = []
    start, end = 0, raw.nbytes
    while start + _LENGTH_PREFIX <= end:
        length = int.from_bytes(raw[start : start + _LENGTH_PREFIX], "little")
        start += _LENGTH_PREFIX
        if start + length > end:
            exceeded = f"buffer size: {end}, batch length: {length}"
            raise wrong_size(tensor, f"Batch length metadata exceeded buffer size, {exceeded}")
        elements.append(bytes(raw[start : start + length]))
        start += length
    if start != end:
        raise wrong_size(tensor, f"Processed bytes: {start} do not equal to buffer size: {end}")
    check_count(len(elements), tensor)
    return np.array(elements, np.object_)


def _prefixed(element: bytes) -> bytes:
    return len(element).to_bytes(_LENGTH_PREFIX, "little") + element


def _narrowed(array: Array, tensor: InputTensor, datatype: Datatype) -> Array:
    """Protobuf carries small integers in 32 bits: they have to fit the datatype they are for."""
    check_count(array.size, tensor)
    dtype = NUMPY_DTYPES[datatype]
    if array.dtype == dtype:
        return array
    limits = np.iinfo(dtype)
    misfits = array[(array < limits.min) | (array > limits.max)]
    if misfits.size:
        raise wrong_value(tensor, datatype, misfits[0].item())
    return array.astype(dtype)


def _shaped(array: Array, tensor: InputTensor) -> Array:
    try:
        return array.reshape(tensor.shape)
    except (ValueError, OverflowError) as error:
        raise impossible_shape(tensor) from error
