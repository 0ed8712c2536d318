"""What values.yaml says of each value: its default, its comment, and what it may be.

The comment above a key describes it. A last line `# @schema KEY: VALUE, …` adds to its JSON Schema.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

_COMMENT = re.compile(r"\s*# ?(.*)")
_SCHEMA = "@schema "


class UndocumentedValueError(ValueError):
    """A value stands in values.yaml without a comment."""


@dataclass(frozen=True, slots=True)
class Value:
    """One key of values.yaml; `parts` are the documented keys below it."""

    path: tuple[str, ...]
    default: object
    description: str
    constraints: dict[str, Any] = field(default_factory=dict)
    parts: tuple["Value", ...] = ()

    def leaves(self) -> Iterator["Value"]:
        """The values that are set one by one."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()


def read(text: str) -> tuple[Value, ...]:
    """The values of a values.yaml.

    Raises:
        UndocumentedValueError: a value has no comment, or only some of the keys below one have.
    """
    return _parts(yaml.compose(text), (), text.splitlines())


def _values(node: yaml.MappingNode, path: tuple[str, ...], lines: list[str]) -> Iterator[Value]:
    for key, below in node.value:
        comment = _comment(lines, key.start_mark.line)
        if not comment:
            raise UndocumentedValueError(f"{'.'.join((*path, key.value))}: has no comment")
        constraints = comment.pop() if comment[-1].startswith(_SCHEMA) else ""
        yield Value(
            path=(*path, key.value),
            default=_plain(below),
            description=" ".join(comment),
            constraints=yaml.safe_load(f"{{{constraints.removeprefix(_SCHEMA)}}}"),
            parts=_parts(below, (*path, key.value), lines),
        )


def _parts(node: yaml.Node | None, path: tuple[str, ...], lines: list[str]) -> tuple[Value, ...]:
    """The keys below a value where they are documented; without comments they are an example."""
    if not isinstance(node, yaml.MappingNode):
        return ()
    documented = any(_comment(lines, key.start_mark.line) for key, _ in node.value)
    return tuple(_values(node, path, lines)) if documented else ()


def _comment(lines: list[str], line: int) -> list[str]:
    """The lines of the comment right above a line."""
    found: list[str] = []
    while line > 0 and (match := _COMMENT.fullmatch(lines[line - 1])):
        found.insert(0, match[1])
        line -= 1
    return found


def _plain(node: yaml.Node) -> object:
    return yaml.safe_load(yaml.serialize(node))
