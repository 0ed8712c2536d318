"""How calls end: gRPC's statuses, and the fields that carry them.

https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
"""

from __future__ import annotations

import logging
from enum import IntEnum
from typing import Final, NamedTuple
from urllib.parse import quote

from modelserver_runtime.errors import Code, ServingError
from modelserver_runtime.servers.http2.head import fields_block

logger = logging.getLogger(__name__)


class Status(IntEnum):
    """gRPC's codes, those that a server says."""

    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14


_OF_ERRORS: Final = {
    Code.NOT_FOUND: Status.NOT_FOUND,
    Code.NOT_LOADED: Status.UNAVAILABLE,
    Code.INVALID_ARGUMENT: Status.INVALID_ARGUMENT,
    Code.OVERLOADED: Status.RESOURCE_EXHAUSTED,
    Code.DEADLINE_PASSED: Status.DEADLINE_EXCEEDED,
    Code.UNAVAILABLE: Status.UNAVAILABLE,
    Code.FAILED_PRECONDITION: Status.FAILED_PRECONDITION,
    Code.INTERNAL: Status.INTERNAL,
}

_WORDS_AT_MOST: Final = 600
"""Characters of an error. It travels in a header, which clients cap at 8 KiB, and percent-encoding
makes up to 12 bytes of a character."""

_PRINTABLE: Final = "".join(map(chr, range(0x20, 0x7F))).replace("%", "")
_BEGINNING: Final = {
    ":status": "200",
    "content-type": "application/grpc",
    "grpc-accept-encoding": "identity, deflate, gzip",
}

BEGINNING: Final = fields_block(_BEGINNING)
"""The head of an answer."""

OK: Final = fields_block({"grpc-status": "0"})
"""What follows an answer."""


class Refusal(NamedTuple):
    """How a call is refused."""

    status: Status
    words: str

    @property
    def fields(self) -> dict[str, str]:
        """It as fields of a header."""
        words = self.words[:_WORDS_AT_MOST].strip()  # a field may not begin or end with a space
        words = quote(words, safe=_PRINTABLE, errors="replace")
        return {"grpc-status": str(int(self.status)), "grpc-message": words}

    @property
    def whole(self) -> bytes:
        """The block of an answer that says nothing else."""
        return fields_block(_BEGINNING | self.fields)

    @property
    def trailers(self) -> bytes:
        """The block behind an answer that has begun."""
        return fields_block(self.fields)


class CallRefused(Exception):
    """A call that is refused before anybody is asked to answer it."""

    def __init__(self, status: Status, words: str) -> None:
        super().__init__(words)
        self.refusal = Refusal(status, words)


def refusal(error: Exception) -> Refusal:
    """How a call is refused for an error; one that nobody foresaw is logged."""
    if isinstance(error, CallRefused):
        return error.refusal
    if isinstance(error, ServingError):
        return Refusal(_OF_ERRORS[error.code], error.message)
    logger.error("A gRPC request failed", exc_info=error)
    return Refusal(Status.INTERNAL, "Internal server error")
