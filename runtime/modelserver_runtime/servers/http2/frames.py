"""Frames as bytes: their types, flags, settings and errors (RFC 9113, sections 4, 6 and 7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import IntEnum
from struct import Struct
from typing import Final

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

FRAME_HEAD: Final = Struct(">HBBBI")  # length in 16 and 8 bits, type, flags, stream
HEAD_BYTES: Final = FRAME_HEAD.size
LARGEST_ID: Final = 2**31 - 1
LARGEST_WINDOW: Final = 2**31 - 1
DEFAULT_WINDOW: Final = 65_535
DEFAULT_FRAME: Final = 16_384
DEFAULT_TABLE: Final = 4096
LARGEST_FRAME: Final = 2**24 - 1

# Plain numbers: a member of an enum costs more to compare than a frame to read.
DATA: Final = 0
HEADERS: Final = 1
PRIORITY: Final = 2
RST_STREAM: Final = 3
SETTINGS: Final = 4
PUSH_PROMISE: Final = 5
PING: Final = 6
GOAWAY: Final = 7
WINDOW_UPDATE: Final = 8
CONTINUATION: Final = 9

END_STREAM: Final = 0x1
ACK: Final = 0x1
END_HEADERS: Final = 0x4
PADDED: Final = 0x8
WITH_PRIORITY: Final = 0x20


class Setting(IntEnum):
    """What a side says of itself."""

    HEADER_TABLE_SIZE = 1
    ENABLE_PUSH = 2
    MAX_CONCURRENT_STREAMS = 3
    INITIAL_WINDOW_SIZE = 4
    MAX_FRAME_SIZE = 5
    MAX_HEADER_LIST_SIZE = 6


class ErrorCode(IntEnum):
    """Why a stream or a connection ends."""

    NO_ERROR = 0
    PROTOCOL_ERROR = 1
    INTERNAL_ERROR = 2
    FLOW_CONTROL_ERROR = 3
    SETTINGS_TIMEOUT = 4
    STREAM_CLOSED = 5
    FRAME_SIZE_ERROR = 6
    REFUSED_STREAM = 7
    CANCEL = 8
    COMPRESSION_ERROR = 9
    CONNECT_ERROR = 10
    ENHANCE_YOUR_CALM = 11


class ConnectionFault(Exception):
    """The client broke a rule that the connection can't go on without."""

    def __init__(self, code: ErrorCode, words: str) -> None:
        super().__init__(words)
        self.code = code
        self.words = words


class StreamFault(Exception):
    """The client broke a rule that costs it one stream."""

    def __init__(self, code: ErrorCode) -> None:
        super().__init__(code.name)
        self.code = code


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """One frame, whole."""
    return frame_head(len(payload), kind, flags, stream) + payload


def frame_head(length: int, kind: int, flags: int, stream: int) -> bytes:
    """The nine bytes before a payload of this length."""
    return FRAME_HEAD.pack(length >> 8, length & 0xFF, kind, flags, stream)


def number(value: int) -> bytes:
    """A number of 32 bits, as window updates, resets and settings have it."""
    return value.to_bytes(4, "big")


def is_idle(stream: int, newest: int) -> bool:
    """Whether no client has opened a stream of this number.

    Args:
        newest: the newest of the client's streams, which are odd; it passes over what it skips.
    """
    return stream > newest or not stream % 2


def settings(values: Mapping[Setting, int]) -> bytes:
    """A SETTINGS frame."""
    payload = b"".join(key.to_bytes(2, "big") + number(value) for key, value in values.items())
    return frame(SETTINGS, 0, 0, payload)


def read_settings(payload: bytes) -> Iterator[tuple[int, int]]:
    """Identifiers and values, unknown ones too. Raises ConnectionFault."""
    if len(payload) % 6:
        raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, "SETTINGS not of six bytes each")
    for start in range(0, len(payload), 6):
        key = int.from_bytes(payload[start : start + 2], "big")
        yield key, int.from_bytes(payload[start + 2 : start + 6], "big")


def unpadded(flags: int, stream: int, payload: bytes) -> bytes:
    """What a HEADERS frame carries, without padding and priority. Raises ConnectionFault."""
    start, end = 0, len(payload)
    if flags & PADDED:
        start, end = 1, end - (payload[0] if payload else 0)
    if flags & WITH_PRIORITY:
        if int.from_bytes(payload[start : start + 4], "big") & LARGEST_ID == stream:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "a stream that depends on itself")
        start += 5
    if start > end:
        raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "HEADERS with more padding than content")
    return payload[start:end]
