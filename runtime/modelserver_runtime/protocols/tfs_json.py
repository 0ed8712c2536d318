"""TensorFlow Serving's Predict over REST.

A request is in row form, ``{"instances": [...]}``, or in column form, ``{"inputs": ...}``, and its
answer in the same. Its values are nested lists: what datatype they are for, and what the only input
is called, the model says. NaN and Infinity stand as bare words, as in TensorFlow Serving.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, TypeGuard

import numpy as np
import orjson

from modelserver_runtime.errors import InvalidRequest
from modelserver_runtime.json_values import as_numbers, flattened
from modelserver_runtime.protocols import json_fields as fields
from modelserver_runtime.refusals import shown
from modelserver_runtime.requests import InferRequest, InferResponse
from modelserver_runtime.tensors import Array, Datatype, InputTensor, OutputTensor, TensorSpec

_ROWS: Final = "instances"
_COLUMNS: Final = "inputs"
_BINARY: Final = "b64"
_BINARY_SUFFIX: Final = "_bytes"  # of an output's name: its text is sent as base64
_WORDS: Final = (b"NaN", b"Infinity")


class Prediction:
    """One request and its answer, which has the request's form.

    Args:
        body: the whole body of the HTTP request.
        specs: the inputs of the model that is asked.
    """

    def __init__(self, body: bytes | bytearray, specs: Sequence[TensorSpec]) -> None:
        self._body = body
        self._specs = specs
        self._has_rows = False

    def decode(self) -> InferRequest:
        """The request. Raises InvalidRequest where the body is not of either form."""
        document = _parsed(self._body)
        self._has_rows = _ROWS in document
        if self._has_rows == (_COLUMNS in document):
            raise InvalidRequest(
                f"Invalid JSON structure - Expected: one of {_ROWS}, {_COLUMNS}; "
                f"Actual: {'both' if self._has_rows else 'neither'}"
            )
        named = (
            self._rows(fields.array(document, _ROWS, ""))
            if self._has_rows
            else self._columns(document[_COLUMNS])
        )
        specs = {spec.name: spec for spec in self._specs}
        inputs = tuple(_input(name, values, specs.get(name)) for name, values in named.items())
        return InferRequest(inputs, None, "", {}, binary_outputs=False)

    def encode(self, _request: InferRequest, response: InferResponse) -> bytes:
        """The body of the answer.

        Raises:
            InvalidRequest: the outputs share no first axis, so that they have no row form.
        """
        values = {output.name: _values(output) for output in response.outputs}
        form = "predictions" if self._has_rows else "outputs"
        if len(values) == 1:
            [answer] = values.values()
            return _dumped({form: answer})
        return _dumped({form: _as_rows(values) if self._has_rows else values})

    def _rows(self, instances: list[Any]) -> Mapping[str, Any]:
        if not instances or not _is_named(instances[0]):
            return {self._only_input(): instances}
        names = instances[0].keys()
        for index, instance in enumerate(instances):
            if type(instance) is not dict or instance.keys() != names:
                raise InvalidRequest(
                    f"Invalid JSON structure, {_ROWS}[{index}] - Expected: an object with "
                    f"{', '.join(names)}; Actual: {shown(instance)}"
                )
        return {name: [instance[name] for instance in instances] for name in names}

    def _columns(self, inputs: object) -> Mapping[str, Any]:
        return inputs if _is_named(inputs) else {self._only_input(): inputs}

    def _only_input(self) -> str:
        if len(self._specs) != 1:
            names = ", ".join(spec.name for spec in self._specs)
            raise InvalidRequest(
                f"Invalid JSON structure - Expected: inputs by name ({names}); "
                "Actual: values without a name"
            )
        return self._specs[0].name


def _parsed(body: bytes | bytearray) -> dict[str, Any]:
    """The JSON object; NaN and Infinity need the slower parser."""
    try:
        return fields.parse_object(body)
    except InvalidRequest:
        if not any(word in body for word in _WORDS):
            raise
        return _parsed_with_words(body)


def _parsed_with_words(body: bytes | bytearray) -> dict[str, Any]:
    try:
        return fields.as_object(json.loads(body), "the body")
    except (ValueError, RecursionError) as error:
        raise InvalidRequest("The file is not valid json") from error


def _is_named(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether these are tensors by name, not one tensor, nor one binary value."""
    return type(value) is dict and value.keys() != {_BINARY}


def _input(name: str, values: object, spec: TensorSpec | None) -> InputTensor:
    """One input; a name that the model lacks is refused later, with all other names at hand."""
    shape, first = _shape(values)
    nested = values if type(values) is list else [values]
    if spec is None:
        return InputTensor(name, "", shape, nested)
    if spec.datatype is Datatype.BYTES or type(first) is dict:
        return _text_input(InputTensor(name, Datatype.BYTES, shape, nested), nested)
    return InputTensor(name, spec.datatype, shape, nested)


def _shape(values: object) -> tuple[tuple[int, ...], object]:
    """The shape of nested lists, by the first of each level, and the first value in them."""
    sizes = []
    while type(values) is list:
        sizes.append(len(values))
        values = values[0] if values else None
    return tuple(sizes), values


def _text_input(tensor: InputTensor, nested: list[Any]) -> InputTensor:
    elements = [_bytes(value, tensor) for value in flattened(nested, tensor)]
    return tensor._replace(content=np.array(elements, np.object_))


def _bytes(value: object, tensor: InputTensor) -> bytes:
    with suppress(ValueError):
        match value:
            case str(text):
                return text.encode()
            case {"b64": str(text), **rest} if not rest:
                return b64decode(text, validate=True)
    raise InvalidRequest(
        f'Invalid input value - Expected: a string or {{"{_BINARY}": base64}}; '
        f"Actual: {shown(value)}; input name: {tensor.name}"
    )


def _values(output: OutputTensor) -> Any:  # noqa: ANN401
    """The output as the JSON encoder takes it: an array, a number, or nested lists of text."""
    if output.datatype is not Datatype.BYTES:
        return as_numbers(output)[()]
    flat = output.array.ravel()
    if output.name.endswith(_BINARY_SUFFIX) or not _is_text(flat):
        written = [{_BINARY: b64encode(element).decode()} for element in flat]
    else:
        written = [element.decode() for element in flat]
    return np.array(written, np.object_).reshape(output.array.shape).tolist()


def _is_text(elements: Iterable[bytes]) -> bool:
    try:
        for element in elements:
            element.decode()
    except UnicodeDecodeError:
        return False
    return True


def _as_rows(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    sizes = {name: np.shape(value)[:1] for name, value in values.items()}
    if len(set(sizes.values())) != 1 or () in sizes.values():
        raise InvalidRequest(
            f'The outputs share no first axis, so they have no row form - Expected: "{_COLUMNS}" '
            f'in the request; Actual: "{_ROWS}"'
        )
    return [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]


def _dumped(answer: dict[str, Any]) -> bytes:
    written = orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY)
    if b"null" in written:  # what NaN and Infinity become
        return json.dumps(answer, default=_plain, ensure_ascii=False).encode()
    return written


def _plain(array: Array) -> object:
    return array.tolist()
