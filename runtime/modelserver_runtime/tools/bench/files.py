"""Tensors from files: NumPy's formats, JSON, and images that the server is to decode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson

from modelserver_runtime.settings import SettingsError
from modelserver_runtime.tensors import NUMPY_DTYPES, Array, Datatype, OutputTensor
from modelserver_runtime.tools.bench.apis.port import ModelInput

_FORMATS: Final = (
    ".npy (the only input), .npz or .json (arrays by input), .jpg, .jpeg or .png (the only input)"
)


def read(name: str, inputs: Sequence[ModelInput]) -> tuple[OutputTensor, ...]:
    """One request's tensors.

    Raises:
        SettingsError: the file can't be read, or is not what the model takes.
    """
    path = Path(name)
    try:
        match path.suffix.lower():
            case ".npy":
                return (_tensor(_only(inputs, name), np.load(path), name),)
            case ".npz":
                return _by_name(np.load(path), inputs, name)
            case ".json":
                return _by_name(orjson.loads(path.read_bytes()), inputs, name)
            case ".jpg" | ".jpeg" | ".png":
                image = np.array([path.read_bytes()], np.object_)
                return (OutputTensor(_only(inputs, name).name, Datatype.BYTES, image),)
    except (OSError, ValueError) as error:
        if isinstance(error, SettingsError):
            raise
        raise SettingsError(f"{name}: {error}") from error
    raise SettingsError(f"{name}: allowed are {_FORMATS}")


def fitted(values: Array, datatype: Datatype) -> Array:
    """Values as elements of a datatype, rounded to its precision.

    Raises:
        TypeError: the values are of another kind, such as fractions for integers.
    """
    if datatype is Datatype.BF16:
        bits = values.astype(np.float32, casting="same_kind").view(np.uint32)
        return (bits >> 16).astype(np.uint16)
    return np.ascontiguousarray(values.astype(NUMPY_DTYPES[datatype], casting="same_kind"))


def _only(inputs: Sequence[ModelInput], name: str) -> ModelInput:
    if len(inputs) != 1:
        names = ", ".join(tensor.name for tensor in inputs)
        raise SettingsError(
            f"{name} holds one tensor, and the model takes {names}: use .npz or .json"
        )
    return inputs[0]


def _by_name(
    arrays: Mapping[str, Any], inputs: Sequence[ModelInput], name: str
) -> tuple[OutputTensor, ...]:
    if not isinstance(arrays, Mapping):
        raise SettingsError(f"{name}: an object with an array for each input is allowed")
    for tensor in inputs:
        if tensor.name not in arrays:
            raise SettingsError(f"{name} has no array for the input {tensor.name}")
    return tuple(_tensor(tensor, np.asarray(arrays[tensor.name]), name) for tensor in inputs)


def _tensor(tensor: ModelInput, values: Array, name: str) -> OutputTensor:
    if tensor.datatype is Datatype.BYTES:
        texts = [_bytes(value) for value in values.ravel()]
        array = np.array(texts, np.object_).reshape(values.shape)
        return OutputTensor(tensor.name, Datatype.BYTES, array)
    try:
        return OutputTensor(tensor.name, tensor.datatype, fitted(values, tensor.datatype))
    except TypeError as error:
        raise SettingsError(
            f"{name}: input {tensor.name} takes {tensor.datatype}, not {values.dtype}"
        ) from error


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()
