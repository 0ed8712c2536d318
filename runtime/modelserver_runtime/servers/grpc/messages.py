"""Messages in the body of a call: five bytes before each say how long it is, and if compressed."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from struct import Struct
from typing import Final

from modelserver_runtime.servers.grpc.status import CallRefused, Status

PREFIX: Final = Struct(">?I")
MESSAGE_AT_MOST: Final = 1 << 30  # bytes
_WINDOW_BITS: Final = {b"gzip": 31, b"deflate": 15}
ENCODINGS: Final = frozenset((b"identity", *_WINDOW_BITS))


def framed(message: bytes) -> tuple[bytes, bytes]:
    """A message as it is sent."""
    return PREFIX.pack(False, len(message)), message


def only_message(parts: Sequence[memoryview], encoding: bytes) -> bytes | memoryview:
    """The one message of a body that has come in parts; writable if that saves no copy.

    Raises:
        CallRefused: there is not exactly one, or it can't be read.
    """
    body = parts[0] if len(parts) == 1 else memoryview(bytearray().join(parts))
    if len(body) < PREFIX.size:
        raise CallRefused(Status.INTERNAL, "A call without a message")
    is_compressed, length = PREFIX.unpack_from(body)
    message = body[PREFIX.size :]
    if len(message) != length:
        words = f"A call of one message of {length} bytes came with {len(message)}"
        raise CallRefused(Status.INTERNAL, words)
    return inflated(message, encoding) if is_compressed else message


def inflated(message: memoryview, encoding: bytes) -> bytes:
    """A message that was compressed. Raises CallRefused."""
    bits = _WINDOW_BITS.get(encoding)
    if bits is None:
        raise CallRefused(Status.INTERNAL, "A compressed message without grpc-encoding")
    stream = zlib.decompressobj(bits)
    try:
        plain = stream.decompress(message, MESSAGE_AT_MOST)
    except zlib.error as error:
        raise CallRefused(Status.INTERNAL, f"A message that is no {encoding.decode()}") from error
    if not stream.eof:
        words = "A compressed message that ends too early, or over 1 GiB"
        raise CallRefused(Status.INTERNAL, words)
    return plain


class Assembler:
    """Makes messages of a body that goes on and on.

    Args:
        encoding: how those are compressed that say so.
    """

    def __init__(self, encoding: bytes) -> None:
        self._encoding = encoding
        self._rest = bytearray()

    @property
    def is_empty(self) -> bool:
        """Whether no part of a message is here."""
        return not self._rest

    def feed(self, data: memoryview) -> Iterator[bytes]:
        """The messages that are whole now. Raises CallRefused."""
        self._rest += data
        while len(self._rest) >= PREFIX.size:
            is_compressed, length = PREFIX.unpack_from(self._rest)
            if length > MESSAGE_AT_MOST:
                words = f"A message of {length} bytes; at most {MESSAGE_AT_MOST}"
                raise CallRefused(Status.RESOURCE_EXHAUSTED, words)
            end = PREFIX.size + length
            if len(self._rest) < end:
                return
            message = bytes(self._rest[PREFIX.size : end])
            del self._rest[:end]
            yield inflated(memoryview(message), self._encoding) if is_compressed else message
