"""Messages in the body of a call: five bytes before each say how long it is, and if compressed."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Iterator
from struct import Struct
from typing import Final, NamedTuple

from modelserver_runtime.servers.grpc.status import CallRefused, Status

PREFIX: Final = Struct(">?I")
MESSAGE_AT_MOST: Final = 1 << 30  # bytes
INFLATED_AT_MOST: Final = 1 << 28  # bytes of a message that was compressed, as in REST
_INFLATED_INLINE: Final = 4096  # compressed bytes; they become 4 MB at most
_WORTH_A_PART: Final = 16 * 1024  # bytes
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
            encoding: how it is compressed if it is. Whatever may take long runs in a thread: zlib
                lets the event loop go on meanwhile.
        """
        if not self.is_compressed:
            return self.content
        if len(self.content) > _INFLATED_INLINE:
            return await asyncio.to_thread(_inflated, self.content, encoding)
        return _inflated(self.content, encoding)


def _inflated(message: bytes | memoryview, encoding: bytes) -> bytes:
    bits = _WINDOW_BITS.get(encoding)
    if bits is None:
        raise CallRefused(Status.INTERNAL, "A compressed message without grpc-encoding")
    stream = zlib.decompressobj(bits)
    try:
        plain = stream.decompress(message, INFLATED_AT_MOST + 1)
    except zlib.error as error:
        raise CallRefused(Status.INTERNAL, f"A message that is no {encoding.decode()}") from error
    if len(plain) > INFLATED_AT_MOST:
        words = f"A message over {INFLATED_AT_MOST} bytes once it is inflated"
        raise CallRefused(Status.RESOURCE_EXHAUSTED, words)
    if not stream.eof or stream.unused_data:
        raise CallRefused(Status.INTERNAL, "A compressed message that ends too early or too late")
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
