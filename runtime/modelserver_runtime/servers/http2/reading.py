"""Bytes to frames: data as they come, every other frame whole."""

from __future__ import annotations

from typing import Final, Protocol

from modelserver_runtime.servers.http2.frames import (
    ACK,
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    FRAME_HEAD,
    HEAD_BYTES,
    HEADERS,
    LARGEST_ID,
    PADDED,
    PREFACE,
    SETTINGS,
    ConnectionFault,
    ErrorCode,
    unpadded,
)
from modelserver_runtime.servers.http2.head import HEAD_AT_MOST

FRAME_AT_MOST: Final = 1 << 20  # bytes; data are passed on as they come, so none waits to be whole


class Sink(Protocol):
    """Takes what was read. Every method may raise ConnectionFault."""

    def on_data(self, stream: int, data: memoryview, ends: bool) -> None:
        """A part of a frame of data, and whether the stream ends with it."""

    def on_padding(self, stream: int, size: int) -> None:
        """What a frame of data has besides, which counts as data to flow control."""

    def on_headers(self, stream: int, block: bytes, *, ends: bool) -> None:
        """A header block, whole."""

    def on_frame(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        """Any other frame."""


class FrameReader:
    """Reads what one client sends.

    Attributes:
        has_preface: whether the client has said that it speaks HTTP/2.
        data_bytes: of all frames of data so far, padding included: what flow control counts.
    """

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._rest = b""
        self.has_preface = False
        self.data_bytes = 0
        self._stream = 0  # whose data come
        self._left = 0  # bytes of its frame that are still to come
        self._padding = 0  # bytes to skip after them
        self._ends = False
        self._block: bytearray | None = None  # of headers that go on in the next frame

    def feed(self, data: bytes) -> None:
        """Read on. Raises ConnectionFault."""
        if self._rest:
            data = self._rest + data
        position = 0 if self.has_preface else self._read_preface(data)
        view, size, on_data = memoryview(data), len(data), self._sink.on_data
        while position < size:
            if self._left:
                end = position + self._left
                if end > size:
                    self._left = end - size
                    end = size
                    on_data(self._stream, view[position:], False)
                else:
                    self._left = 0
                    on_data(self._stream, view[position:end], self._ends)
            elif self._padding:
                end = min(size, position + self._padding)
                self._padding -= end - position
            else:
                end = self._read_frame(data, position)
                if end == position:
                    break
            position = end
        self._rest = data[position:]

    def _read_preface(self, data: bytes) -> int:
        if not PREFACE.startswith(data[: len(PREFACE)]):
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "not HTTP/2")
        if len(data) < len(PREFACE) + HEAD_BYTES:
            return 0
        _, _, kind, flags, _ = FRAME_HEAD.unpack_from(data, len(PREFACE))
        if kind != SETTINGS or flags & ACK:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "no SETTINGS to begin with")
        self.has_preface = True
        return len(PREFACE)

    def _read_frame(self, data: bytes, start: int) -> int:
        """Where the next frame ends that is here, or else where it starts."""
        begin = start + HEAD_BYTES
        if not self.has_preface or len(data) < begin:
            return start
        high, low, kind, flags, stream = FRAME_HEAD.unpack_from(data, start)
        length: int = high << 8 | low
        if kind or length > FRAME_AT_MOST or self._block is not None:
            self._check(kind, length)
        if kind == DATA:
            return self._begin_data(data, start, length, flags, stream & LARGEST_ID)
        end = begin + length
        if len(data) < end:
            return start
        self._read_whole(kind, flags, stream & LARGEST_ID, data[begin:end])
        return end

    def _check(self, kind: int, length: int) -> None:
        if self._block is not None and kind != CONTINUATION:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "headers that are not continued")
        if length > FRAME_AT_MOST:
            raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, f"a frame over {FRAME_AT_MOST} bytes")
        if length > HEAD_AT_MOST and kind != DATA:
            raise ConnectionFault(ErrorCode.ENHANCE_YOUR_CALM, f"a frame over {HEAD_AT_MOST} bytes")

    def _begin_data(self, data: bytes, start: int, length: int, flags: int, stream: int) -> int:
        begin, left = start + HEAD_BYTES, length
        if flags & PADDED:
            if len(data) == begin and length:
                return start
            self._padding = data[begin] if length else 0
            left = length - 1 - self._padding
            if left < 0:
                raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "DATA with too much padding")
            begin += 1
            self._sink.on_padding(stream, 1 + self._padding)
        self.data_bytes += length
        self._stream, self._left, self._ends = stream, left, bool(flags & END_STREAM)
        if not left:
            self._sink.on_data(stream, memoryview(b""), self._ends)
        return begin

    def _read_whole(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        if kind == HEADERS:
            self._stream, self._ends = stream, bool(flags & END_STREAM)
            self._block = bytearray(unpadded(flags, stream, payload))
        elif kind == CONTINUATION:
            if self._block is None or stream != self._stream:
                raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "a continuation of nothing")
            self._block += payload
            if len(self._block) > HEAD_AT_MOST or not (payload or flags & END_HEADERS):
                raise ConnectionFault(ErrorCode.ENHANCE_YOUR_CALM, "headers without an end")
        else:
            self._sink.on_frame(kind, flags, stream, payload)
            return
        if flags & END_HEADERS:
            block, self._block = bytes(self._block), None
            self._sink.on_headers(stream, block, ends=self._ends)
