"""HTTP requests and responses as values."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

Buffer: TypeAlias = bytes | bytearray | memoryview


class Request(NamedTuple):
    """A request, whole. Header names are in lower case; ``body`` is the handler's to keep."""

    method: str
    path: str
    headers: Mapping[bytes, bytes]
    body: bytearray


class Response(NamedTuple):
    """An answer. Its parts are sent one after the other and must stay as they are until then."""

    status: int
    parts: Sequence[Buffer] = ()
    content_type: str = "application/json"
    headers: Mapping[str, str] = MappingProxyType({})

    def encode(self, *, keep_alive: bool) -> list[Buffer]:
        """The bytes to send, head first."""
        length = sum(len(part) for part in self.parts)
        lines = [
            _STATUS_LINES[self.status],
            f"content-type: {self.content_type}",
            f"content-length: {length}",
            *(f"{name}: {value}" for name, value in self.headers.items()),
        ]
        if not keep_alive:
            lines.append("connection: close")
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        return [head, *self.parts]


_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}" for status in HTTPStatus}

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]
"""Answers a request. It turns every error that it knows into a response."""
