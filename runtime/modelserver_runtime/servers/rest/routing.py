"""Which endpoint answers a path.

Endpoints stand in tables, one for each protocol. They are what the server routes by and what the
OpenAPI document is made from, so that the two can't differ.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias
from urllib.parse import unquote

from modelserver_runtime.servers.http import Request, Response

VERSION: Final = "[/versions/{version}]"
"""The part of a path that may be left out: then the newest version is meant."""

_PARAMETERS: Final = {
    "model": "(?P<model>[^/]+)",
    "version": "(?P<version>[0-9]{1,19})",
    "label": "(?P<label>[^/:]+)",
}
"""What stands for a path's parameters."""

_PARAMETER: Final = re.compile(r"{\w+}")
_REMEMBERED: Final = 4096  # paths


class Target(NamedTuple):
    """What a path names. ``model`` is empty where it names none."""

    model: str = ""
    version: int | None = None
    label: str = ""


Handler: TypeAlias = Callable[[Request, Target], Awaitable[Response]]


class Endpoint(NamedTuple):
    """One method of one path.

    Attributes:
        path: with ``{model}``, ``{version}`` and ``{label}`` for its parameters, and VERSION where
            a version may stand.
        summary: what it does, in a line.
        request: the name of the schema of its body; empty where it takes none.
        response: that of its answer's body.
    """

    method: str
    path: str
    answer: Handler
    summary: str
    request: str = ""
    response: str = ""

    def templates(self) -> Iterator[str]:
        """Its paths: without a version and, where it may have one, with it."""
        yield self.path.replace(VERSION, "")
        if VERSION in self.path:
            yield self.path.replace(VERSION, VERSION.strip("[]"))


class Route(NamedTuple):
    """Where a path leads: the endpoints by method, and what the path names."""

    methods: Mapping[str, Handler]
    target: Target

    @property
    def allowed(self) -> str:
        """The methods as the header Allow lists them."""
        return ", ".join(sorted({*self.methods, "OPTIONS"}))


class Router:
    """Finds the endpoints of a path. Where several templates fit it, the most literal one does."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        tables: dict[str, dict[str, Handler]] = {}
        for endpoint in endpoints:
            for template in endpoint.templates():
                tables.setdefault(template, {})[endpoint.method] = endpoint.answer
        self._tables = [
            (_pattern(template), _with_head(tables[template]))
            for template in sorted(tables, key=_literal_length, reverse=True)
        ]
        self.find = lru_cache(_REMEMBERED)(self._find)
        """Where a path leads; None where there is nothing under it."""

    def _find(self, path: str) -> Route | None:
        for pattern, methods in self._tables:
            if match := pattern.fullmatch(path.rstrip("/") or "/"):
                return Route(methods, _target(match.groupdict()))
        return None


def _literal_length(template: str) -> int:
    return len(_PARAMETER.sub("", template))


def _pattern(template: str) -> re.Pattern[str]:
    escaped = re.escape(template).replace(r"\{", "{").replace(r"\}", "}")
    return re.compile(escaped.format(**_PARAMETERS))


def _with_head(methods: dict[str, Handler]) -> dict[str, Handler]:
    return {**methods, "HEAD": methods["GET"]} if "GET" in methods else methods


def _target(found: Mapping[str, str]) -> Target:
    version = found.get("version")
    return Target(
        unquote(found.get("model", "")),
        None if version is None else int(version),
        unquote(found.get("label", "")),
    )
