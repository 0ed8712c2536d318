"""Values that the command line and config.json write in the same way.

Every parser takes what was written and returns a typed value, or raises SettingsError with what was
written and what is allowed; its caller adds where it stood.
"""

from __future__ import annotations

import json
import re
from typing import Final

from modelserver_runtime.settings import (
    AllVersions,
    Auto,
    Latest,
    PluginConfig,
    SettingsError,
    Shape,
    Shapes,
    Specific,
    VersionPolicy,
)
from modelserver_runtime.tensors import Dimension

_DIMENSION: Final = re.compile(r"(?P<size>\d+)|(?P<any>-1)|(?P<min>\d+):(?P<max>\d+)")
_POLICIES: Final = (
    '{"latest": {"num_versions": 1}}, {"all": {}} or {"specific": {"versions": [1, 3]}}'
)


def dimension(text: str) -> Dimension:
    """``3``, ``-1`` for any size, or ``100:200`` for sizes in between."""
    match = _DIMENSION.fullmatch(text.strip())
    if match is None:
        raise SettingsError(f"{text!r} is not a size, -1 or a range like 100:200")
    if match["any"]:
        return Dimension(0, None)
    low, high = int(match["size"] or match["min"]), int(match["size"] or match["max"])
    if low < 1 or high < low:
        raise SettingsError(f"{text!r} is not a positive size or an ascending range")
    return Dimension(low, high)


def batch_size(value: object) -> Dimension | Auto | None:
    """A size as a number or as text, or ``auto``; 0 leaves the model's own."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise SettingsError(f"{value!r} is neither a number nor text")
    text = str(value).strip()
    if text.lower() == "auto":
        return "auto"
    return None if text == "0" else dimension(text)


def shapes(value: object) -> Shapes:
    """``(1,3,224,224)`` for the only input, ``auto``, or both by input, maybe as text."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        value = json_object(value)
    match value:
        case str():
            return _shape(value)
        case dict():
            return {name: _shape(shape) for name, shape in value.items()}
        case _:
            raise SettingsError(f"{value!r} is neither a shape like (1,3,224,224) nor an object")


def _shape(value: object) -> Shape | Auto:
    if not isinstance(value, str):
        raise SettingsError(f"{value!r} is not text like (1,3,224,224)")
    text = value.strip()
    if text.lower() == "auto":
        return "auto"
    inner = text[1:-1] if text.startswith("(") and text.endswith(")") else text
    return tuple(dimension(part) for part in inner.split(",") if part.strip())


def plugin_config(value: object) -> PluginConfig:
    """OpenVINO properties as an object whose values are text, booleans or numbers."""
    properties = json_object(value)
    for key, entry in properties.items():
        if not isinstance(entry, str | bool | int | float):
            raise SettingsError(f"{key} is {json.dumps(entry)}, not text, a boolean or a number")
    return properties  # type: ignore[return-value]  # the loop has just shown it


def device_plugins(value: object) -> dict[str, str]:
    """Libraries by the name of the device that they are for."""
    return {name: string(library) for name, library in json_object(value).items()}


def version_policy(value: object) -> VersionPolicy:
    """An object with the one key ``latest``, ``all`` or ``specific``."""
    match json_object(value):
        case {"latest": {**rest}, **others} if not others and rest.keys() <= {"num_versions"}:
            return Latest(positive(rest.get("num_versions", 1)))
        case {"all": {**rest}, **others} if not others and not rest:
            return AllVersions()
        case {"specific": {"versions": [*versions], **rest}, **others} if not others and not rest:
            return Specific(frozenset(positive(version) for version in versions))
        case _:
            raise SettingsError(f"{_shown(value)} is not one of {_POLICIES}")


def positive(value: object) -> int:
    """A whole number of at least 1."""
    return _at_least(1, value)


def not_negative(value: object) -> int:
    """A whole number of at least 0."""
    return _at_least(0, value)


def _at_least(least: int, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise SettingsError(f"{_shown(value)} is not a whole number of at least {least}")
    return value


def boolean(value: object) -> bool:
    """A JSON boolean."""
    if not isinstance(value, bool):
        raise SettingsError(f"{_shown(value)} is not true or false")
    return value


def string(value: object) -> str:
    """Text that says something."""
    if not isinstance(value, str) or not value.strip():
        raise SettingsError(f"{_shown(value)} is not text, or empty")
    return value


def strings(value: object) -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(value, list):
        raise SettingsError(f"{_shown(value)} is not a list")
    return tuple(string(item) for item in value)


def json_object(value: object) -> dict[str, object]:
    """A JSON object, or its text."""
    if isinstance(value, str):
        value = _json(value)
    if not isinstance(value, dict):
        raise SettingsError(f"{_shown(value)} is not a JSON object")
    return value


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        raise SettingsError(f"{text!r} is not valid JSON: {error}") from error


def _shown(value: object) -> str:
    return json.dumps(value) if not isinstance(value, str) else repr(value)
