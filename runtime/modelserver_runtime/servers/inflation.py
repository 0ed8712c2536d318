"""What clients have compressed, inflated within bounds: a few bytes can become gigabytes."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable
from typing import Final, TypeVar

INFLATED_AT_MOST: Final = 1 << 28  # bytes
_INLINE: Final = 4096  # compressed bytes; they become 4 MB at most

Buffer = bytes | bytearray | memoryview
B = TypeVar("B", bound=Buffer)
R = TypeVar("R")


class TooLarge(Exception):
    """It would become more than it may."""


class EndsTooEarly(Exception):
    """Its end is missing."""


async def beside_the_loop(inflate: Callable[[B], R], compressed: B) -> R:
    """Call it in a thread if it may take long: zlib lets the event loop go on meanwhile."""
    if len(compressed) > _INLINE:
        return await asyncio.to_thread(inflate, compressed)
    return inflate(compressed)


def inflate(
    compressed: Buffer, window_bits: int, at_most: int = INFLATED_AT_MOST
) -> tuple[bytes, bytes]:
    """One compressed stream: what it says, and the bytes behind it.

    Args:
        window_bits: the format, as zlib is told it.
        at_most: bytes that it may become.

    Raises:
        TooLarge, EndsTooEarly, zlib.error: it is too large, not whole, or not of that format.
    """
    stream = zlib.decompressobj(window_bits)
    plain = stream.decompress(compressed, at_most + 1)
    if len(plain) > at_most:
        raise TooLarge
    if not stream.eof:
        raise EndsTooEarly
    return plain, stream.unused_data
