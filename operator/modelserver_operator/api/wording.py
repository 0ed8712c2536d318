"""From pydantic's errors to problems in the words of the field's own schema."""

import json
import re
from collections.abc import Sequence
from functools import cache

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from modelserver_operator.api.block import Block
from modelserver_operator.api.fields import ALLOWED
from modelserver_operator.api.modelserver import ModelServer
from modelserver_operator.api.problems import Problem
from modelserver_operator.api.schema import Schema, structural

_SHOWN = 60
_KEY = "[key]"
"""How pydantic's location says that the key itself is wrong, not its value."""


def problems(error: ValidationError) -> tuple[Problem, ...]:
    """Every problem that pydantic found, in the manifest's order."""
    details = error.errors(include_url=False, include_context=False)
    return tuple(_problem(detail) for detail in details)


def shown(value: object) -> str:
    """A value as YAML's author would recognise it; contents of mappings and lists stay unsaid."""
    match value:
        case dict():
            return f"a mapping of size {len(value)}"
        case list():
            return f"a list of length {len(value)}"
        case Block():
            return "a mapping"
    full = json.dumps(value, default=str, ensure_ascii=False)
    return full if len(full) <= _SHOWN else f"{full[:_SHOWN]}…"


def _problem(detail: ErrorDetails) -> Problem:
    location, value = detail["loc"], detail["input"]
    if detail["type"] == "invalid_key" or _KEY in location:
        path = _dotted([step for step in location if step != _KEY])
        return Problem(path, shown(value), "a valid key; keys of labels are as in Kubernetes")
    node = _node(location)
    if detail["type"] == "missing":
        return Problem(_dotted(location), None, allowed(node))
    if node.get("format") == "password":
        return Problem(_dotted(location), "what is given", f"{allowed(node)}, in quotes")
    return Problem(_dotted(location), shown(value), allowed(node) + _quoting(node, value))


def _dotted(location: Sequence[str | int]) -> str:
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
    return "".join(steps).removeprefix(".")


@cache
def _schema() -> Schema:
    return structural(ModelServer, keep=frozenset({ALLOWED}))


def _node(location: Sequence[str | int]) -> Schema:
    """The schema of what lies at a location."""
    node = _schema()
    for step in location:
        if isinstance(step, int):
            node = node.get("items", {})
        else:
            values = node.get("additionalProperties", {})
            node = node.get("properties", {}).get(step, values)
    return node


def allowed(node: Schema) -> str:
    """What a schema accepts, in words."""
    match node:
        case {"x-allowed": str(words)}:
            return words
        case {"enum": [only]}:
            return str(only)
        case {"enum": [*values]}:
            return f"one of {', '.join(values)}"
        case {"type": "integer", "minimum": low, "maximum": high}:
            return f"an integer from {low} to {high}"
        case {"type": "integer", "minimum": low}:
            return f"an integer from {low} up"
        case {"type": "boolean"}:
            return "true or false"
    return _sized(node)


def _sized(node: Schema) -> str:
    """What is limited by its size alone, in words."""
    match node:
        case {"maxItems": most}:
            return f"a list of at most {most}"
        case {"maxProperties": most}:
            return f"a mapping of at most {most} keys"
        case {"maxLength": most}:
            return f"a string of at most {most} characters"
        case {"type": "object"}:
            return "a mapping"
    return "a string"


def _quoting(node: Schema, value: object) -> str:
    """A hint where quotes are all that a YAML number or boolean lacks."""
    textual = node.get("type") == "string" or "x-kubernetes-int-or-string" in node
    if not textual or not isinstance(value, bool | int | float):
        return ""
    quoted = json.dumps(value)
    if "enum" in node or not re.search(node.get("pattern", ""), quoted):
        return ""
    return f' (quote it: "{quoted}")'
