"""Reading the fields of a decoded JSON document, each with the type that it must have.

``where`` names the object that a field belongs to, as a path that ends in a dot, or is empty at the
document's root: an error then reads ``inputs[0].shape``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from modelserver_runtime.errors import InvalidRequest
from modelserver_runtime.refusals import shown

_INTEGER: Final = frozenset({int})
_NOTHING: Final[Mapping[str, Any]] = {}


def parse_object(document: bytes | bytearray | memoryview) -> dict[str, Any]:
    """The JSON object that ``document`` is. Raises InvalidRequest where it is none."""
    try:
        parsed = orjson.loads(document)
    except orjson.JSONDecodeError as error:
        raise InvalidRequest("The file is not valid json") from error
    if type(parsed) is not dict:
        raise InvalidRequest("Request body should be JSON object")
    return parsed


def as_object(value: object, path: str) -> dict[str, Any]:
    """``value`` itself, if it is an object. Raises InvalidRequest otherwise."""
    if type(value) is not dict:
        raise _wrong_type(path, "an object", value)
    return value


def text(holder: Mapping[str, Any], key: str, where: str) -> str:
    """A string that has to be there."""
    value = holder.get(key)
    if type(value) is not str:
        raise _wrong_type(where + key, "a string", value)
    return value


def integers(holder: Mapping[str, Any], key: str, where: str) -> tuple[int, ...]:
    """An array of integers that has to be there."""
    value = holder.get(key)
    if type(value) is not list or not _INTEGER.issuperset(map(type, value)):
        raise _wrong_type(where + key, "an array of integers", value)
    return tuple(value)


def array(holder: Mapping[str, Any], key: str, where: str) -> list[Any]:
    """An array that has to be there."""
    value = holder.get(key)
    if type(value) is not list:
        raise _wrong_type(where + key, "an array", value)
    return value


def optional_object(holder: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    """An object, empty where the field is absent or null."""
    value = holder.get(key)
    return _NOTHING if value is None else as_object(value, where + key)


def optional_flag(holder: Mapping[str, Any], key: str, where: str) -> bool | None:
    """A boolean, or None where the field is absent or null."""
    value = holder.get(key)
    if value is not None and type(value) is not bool:
        raise _wrong_type(where + key, "true or false", value)
    return value


def optional_size(holder: Mapping[str, Any], key: str, where: str) -> int | None:
    """A number of bytes, or None where the field is absent or null."""
    value = holder.get(key)
    if value is not None and (type(value) is not int or value < 0):
        raise _wrong_type(where + key, "a number of bytes", value)
    return value


def _wrong_type(path: str, expected: str, value: object) -> InvalidRequest:
    given = "nothing" if value is None else shown(value)
    return InvalidRequest(f"Invalid JSON structure, {path} - Expected: {expected}; Actual: {given}")
