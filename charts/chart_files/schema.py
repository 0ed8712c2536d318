"""values.schema.json, by which Helm refuses a misspelt or ill-typed value."""

from collections.abc import Iterable
from typing import Any

from chart_files.values import Value

Schema = dict[str, Any]

_TYPES = {bool: "boolean", int: "integer", str: "string", list: "array", dict: "object"}
_GLOBAL = {"description": "What a chart shares with those it depends on.", "type": "object"}


def schema(values: Iterable[Value]) -> Schema:
    """The schema of all values together."""
    root = _block(values)
    root["properties"]["global"] = _GLOBAL
    return {"$schema": "http://json-schema.org/draft-07/schema#", **root}


def _block(values: Iterable[Value]) -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {value.path[-1]: _of(value) for value in values},
    }


def _of(value: Value) -> Schema:
    if value.parts:
        return {"description": value.description, **_block(value.parts)}
    inferred = {} if value.default is None else {"type": _TYPES[type(value.default)]}
    return {
        "description": value.description,
        "default": value.default,
        **inferred,
        **value.constraints,
    }
