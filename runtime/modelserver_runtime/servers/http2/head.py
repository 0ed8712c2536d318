"""The head of a request: what its header block says, checked (RFC 9113, section 8)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, Generic, NamedTuple, TypeVar

from hpack import Decoder, Encoder, HPACKError, NeverIndexedHeaderTuple, OversizedHeaderListError

from modelserver_runtime.servers.http2.frames import ConnectionFault, ErrorCode, StreamFault

HEAD_AT_MOST: Final = 64 * 1024  # bytes of a block, and of what it says
_KNOWN_AT_MOST: Final = 64  # heads that a connection remembers
_REPEATED_AT_MOST: Final = 1024  # bytes of a block that is worth it
_DIGITS_AT_MOST: Final = 18  # of a length
_NAME: Final = re.compile(rb"[!-9;-@\[-~]+")  # visible, without colons and capitals
_VALUE: Final = re.compile(rb"(?![ \t])[^\0\r\n]*(?<![ \t])")
_PSEUDO: Final = frozenset((b":method", b":path", b":scheme", b":authority"))
_NEEDED: Final = frozenset((b":method", b":path", b":scheme"))
_OF_CONNECTIONS: Final = frozenset(
    (b"connection", b"proxy-connection", b"keep-alive", b"transfer-encoding", b"upgrade")
)

R = TypeVar("R")


class Head(NamedTuple):
    """Method, path, and the other fields by their names in lower case."""

    method: bytes
    path: bytes
    fields: Mapping[bytes, bytes]

    @property
    def content_length(self) -> int | None:
        """Bytes of body that it promises. Raises StreamFault where that is no number."""
        told = self.fields.get(b"content-length")
        if told is None:
            return None
        if not (told.isdigit() and len(told) <= _DIGITS_AT_MOST):
            raise StreamFault(ErrorCode.PROTOCOL_ERROR)
        return int(told)


class HeadReader(Generic[R]):
    """Reads the header blocks of one connection, which depend on those before.

    Args:
        understand: what a head means to the application. A client repeats most of its heads, which
            are understood once.
    """

    def __init__(self, understand: Callable[[Head], R]) -> None:
        self._decoder = Decoder(HEAD_AT_MOST)
        self._understand = understand
        self._known: dict[bytes, R] = {}

    def read(self, block: bytes) -> R:
        """What a request's head means. Raises ConnectionFault or StreamFault."""
        known = self._known.get(block)
        if known is None:
            fields, is_repeatable = self._fields(block)
            known = self._understand(_head(fields))
            if is_repeatable and len(block) <= _REPEATED_AT_MOST:
                if len(self._known) == _KNOWN_AT_MOST:
                    self._known.clear()
                self._known[block] = known
        return known

    def skip(self, block: bytes) -> None:
        """Read the fields behind a body. Raises ConnectionFault or StreamFault."""
        fields, _ = self._fields(block)
        for field in fields:
            _check_field(*field)

    def _fields(self, block: bytes) -> tuple[list[tuple[bytes, bytes]], bool]:
        """Names and values, and whether the same block would say the same again.

        It would unless it changes the table of fields that later blocks refer to.
        """
        before = self._table()
        try:
            fields = [(name, value) for name, value in self._decoder.decode(block, raw=True)]
        except OversizedHeaderListError as error:
            raise ConnectionFault(ErrorCode.ENHANCE_YOUR_CALM, "headers over 64 KiB") from error
        except (HPACKError, IndexError) as error:
            raise ConnectionFault(ErrorCode.COMPRESSION_ERROR, "headers that are none") from error
        after = self._table()
        is_repeatable = after[:2] == before[:2] and after[2] is before[2]
        if not is_repeatable:
            self._known.clear()
        return fields, is_repeatable

    def _table(self) -> tuple[int, int, object]:
        """What changes with the table: its newest entry is another object then."""
        entries = self._decoder.header_table.dynamic_entries
        return len(entries), self._decoder.header_table_size, entries[0] if entries else None


def _head(fields: list[tuple[bytes, bytes]]) -> Head:
    pseudo: dict[bytes, bytes] = {}
    others: dict[bytes, bytes] = {}
    for name, value in fields:
        if name[:1] == b":":
            if others or name in pseudo or name not in _PSEUDO:
                raise StreamFault(ErrorCode.PROTOCOL_ERROR)
            pseudo[name] = value
        else:
            _check_field(name, value)
            if name == b"content-length" and name in others:
                raise StreamFault(ErrorCode.PROTOCOL_ERROR)
            others[name] = value
    if not (pseudo.keys() >= _NEEDED and pseudo[b":path"]):
        raise StreamFault(ErrorCode.PROTOCOL_ERROR)
    return Head(pseudo[b":method"], pseudo[b":path"], others)


def _check_field(name: bytes, value: bytes) -> None:
    if not (_NAME.fullmatch(name) and _VALUE.fullmatch(value)):
        raise StreamFault(ErrorCode.PROTOCOL_ERROR)
    if name in _OF_CONNECTIONS or (name == b"te" and value != b"trailers"):
        raise StreamFault(ErrorCode.PROTOCOL_ERROR)


def fields_block(fields: Mapping[str, str]) -> bytes:
    """A header block that means the same on every connection: it refers to nothing sent before."""
    return Encoder().encode(NeverIndexedHeaderTuple(*field) for field in fields.items())
