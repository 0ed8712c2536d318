"""Messages in the body of a call: five bytes before each say how long it is, and if compressed."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from functools import partial
from struct import Struct
from typing import Final, NamedTuple

from modelserver_runtime.servers.grpc.status import CallRefused, Status
from modelserver_runtime.servers.inflation import (
    INFLATED_AT_MOST,
    EndsTooEarly,
    TooLarge,
    beside_the_loop,
    inflate,
)

PREFIX: Final = Struct(">?I")
MESSAGE_AT_MOST: Final = 1 << 30  # bytes
_WORTH_A_PART: Final = 16 * 1024  # bytes
_NOT_WHOLE: Final = "A compressed message that ends too early or too late"
_WINDOW_BITS: Final = {b"gzip": 31, b"deflate": 15}
ENCODINGS: Final = frozenset((b"identity", *_WINDOW_BITS))


def framed(message: bytes) -> tuple[bytes, bytes]:
    """A message as it is sent."""
    return PREFIX.pack(False, len(message)), message


class Message(NamedTuple):
    """A message as it came, maybe compressed."""

    is_compressed: bool
    content: bytes | memoryview

    async def plain(self, encoding: bytes) -> bytes | memoryview:
        """What it says. Raises CallRefused.

        Args:
            encoding: how it is compressed if it is.
        """
        if not self.is_compressed:
            return self.content
        return await beside_the_loop(partial(_inflated, encoding=encoding), self.content)


def _inflated(message: bytes | memoryview, encoding: bytes) -> bytes:
    bits = _WINDOW_BITS.get(encoding)
    if bits is None:
        raise CallRefused(Status.INTERNAL, "A compressed message without grpc-encoding")
    try:
        plain, behind = inflate(message, bits)
    except zlib.error as error:
        raise CallRefused(Status.INTERNAL, f"A message that is no {encoding.decode()}") from error
    except TooLarge as error:
        words = f"A message over {INFLATED_AT_MOST} bytes once it is inflated"
        raise CallRefused(Status.RESOURCE_EXHAUSTED, words) from error
    except EndsTooEarly as error:
        raise CallRefused(Status.INTERNAL, _NOT_WHOLE) from error
    if behind:
        raise CallRefused(Status.INTERNAL, _NOT_WHOLE)
    return plain


class Body:
    """The body of a call that has one message, as it comes."""

    def __init__(self) -> None:
        self._parts: list[memoryview | bytearray] = []
        self._size = 0

    def add(self, data: memoryview) -> None:
        """Take a part. Raises CallRefused.

        Small ones are copied: each would cost more than it holds, and keep what came with it.
        """
        self._size += len(data)
        if self._size > PREFIX.size + MESSAGE_AT_MOST:
            raise CallRefused(Status.RESOURCE_EXHAUSTED, f"A call over {MESSAGE_AT_MOST} bytes")
        if len(data) >= _WORTH_A_PART or not self._parts:
            self._parts.append(data)
        elif isinstance(last := self._parts[-1], bytearray):
            last += data
        else:
            self._parts.append(bytearray(data))

    def message(self) -> Message:
        """The one message of the whole body, in one piece; it is no longer here then.

        Raises:
            CallRefused: there is not exactly one.
        """
        parts, self._parts = self._parts, []
        body = memoryview(parts[0] if len(parts) == 1 else bytearray().join(parts))
        if len(body) < PREFIX.size:
            raise CallRefused(Status.INTERNAL, "A call without a message")
        is_compressed, length = PREFIX.unpack_from(body)
        content = body[PREFIX.size :]
        if len(content) != length:
            words = f"A call of one message of {length} bytes came with {len(content)}"
            raise CallRefused(Status.INTERNAL, words)
        return Message(is_compressed, content)


class Assembler:
    """Makes messages of a body that goes on and on."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: memoryview) -> Iterator[Message]:
        """The messages that are whole now. Raises CallRefused."""
        self._rest += data
        start = 0
        while len(self._rest) >= start + PREFIX.size:
            is_compressed, length = PREFIX.unpack_from(self._rest, start)
            if length > MESSAGE_AT_MOST:
                words = f"A message of {length} bytes; at most {MESSAGE_AT_MOST}"
                raise CallRefused(Status.RESOURCE_EXHAUSTED, words)
            end = start + PREFIX.size + length
            if len(self._rest) < end:
                break
            yield Message(is_compressed, bytes(self._rest[start + PREFIX.size : end]))
            start = end
        del self._rest[:start]
