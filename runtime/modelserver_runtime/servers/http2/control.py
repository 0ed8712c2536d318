"""Frames that carry no request: settings, windows, pings, priorities (RFC 9113, section 6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from modelserver_runtime.servers.http2.frames import (
    ACK,
    DEFAULT_FRAME,
    DEFAULT_TABLE,
    GOAWAY,
    LARGEST_FRAME,
    LARGEST_ID,
    LARGEST_WINDOW,
    PING,
    PRIORITY,
    PUSH_PROMISE,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    ConnectionFault,
    ErrorCode,
    Setting,
    StreamFault,
    frame,
    is_idle,
    read_settings,
)
from modelserver_runtime.servers.http2.sending import Sender
from modelserver_runtime.servers.http2.stream import Stream

_OF_THE_CONNECTION: Final = frozenset((SETTINGS, PING, GOAWAY))
_PING_BYTES: Final = 8
_PRIORITY_BYTES: Final = 5
_NUMBER_BYTES: Final = 4


class Control:
    """Does what such frames say.

    Args:
        streams: those of the connection that are open, by their numbers.
    """

    def __init__(
        self, sender: Sender, streams: Mapping[int, Stream], write: Callable[[bytes], None]
    ) -> None:
        self._sender = sender
        self._streams = streams
        self._write = write

    def on_frame(self, kind: int, flags: int, stream: int, payload: bytes, newest: int) -> None:
        """Obey one frame; one of an unknown type says nothing. Raises ConnectionFault, StreamFault.

        Args:
            newest: the newest of the client's streams; those after it are idle.
        """
        if kind in _OF_THE_CONNECTION and stream:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "a frame of the connection on a stream")
        if kind == SETTINGS:
            self._settings(flags, payload)
        elif kind == PING:
            self._ping(flags, payload)
        elif kind == WINDOW_UPDATE:
            self._window_update(stream, payload, newest)
        elif kind == PRIORITY:
            _check_priority(stream, payload)
        elif kind == RST_STREAM:
            _check_reset(stream, newest, payload)
        elif kind == PUSH_PROMISE:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "a client that pushes")

    def _settings(self, flags: int, payload: bytes) -> None:
        if flags & ACK:
            if payload:
                raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, "SETTINGS with ACK and content")
            return
        for key, value in read_settings(payload):
            self._set(key, value)
        self._write(frame(SETTINGS, ACK, 0))

    def _set(self, key: int, value: int) -> None:
        if key == Setting.INITIAL_WINDOW_SIZE:
            if value > LARGEST_WINDOW:
                raise ConnectionFault(ErrorCode.FLOW_CONTROL_ERROR, "a window over 2^31-1 bytes")
            self._sender.resize(value)
        elif key == Setting.MAX_FRAME_SIZE:
            if not DEFAULT_FRAME <= value <= LARGEST_FRAME:
                raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "MAX_FRAME_SIZE out of its range")
            self._sender.frame_at_most = value
        elif key == Setting.ENABLE_PUSH and value > 1:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "ENABLE_PUSH neither 0 nor 1")
        elif key == Setting.HEADER_TABLE_SIZE and value < DEFAULT_TABLE:
            self._sender.forget_fields()

    def _ping(self, flags: int, payload: bytes) -> None:
        if len(payload) != _PING_BYTES:
            raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, "PING not of 8 bytes")
        if not flags & ACK:
            self._write(frame(PING, ACK, 0, payload))

    def _window_update(self, number: int, payload: bytes, newest: int) -> None:
        if len(payload) != _NUMBER_BYTES:
            raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, "WINDOW_UPDATE not of 4 bytes")
        if number and is_idle(number, newest):
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "WINDOW_UPDATE of an idle stream")
        size = int.from_bytes(payload, "big") & LARGEST_ID
        if not size:
            if number:
                raise StreamFault(ErrorCode.PROTOCOL_ERROR)
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "WINDOW_UPDATE by 0")
        if not number:
            self._sender.widen(size)
        elif (stream := self._streams.get(number)) is not None:
            self._sender.widen_stream(stream, size)


def _check_priority(stream: int, payload: bytes) -> None:
    if not stream:
        raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "PRIORITY of no stream")
    if len(payload) != _PRIORITY_BYTES:
        raise StreamFault(ErrorCode.FRAME_SIZE_ERROR)
    if int.from_bytes(payload[:4], "big") & LARGEST_ID == stream:
        raise StreamFault(ErrorCode.PROTOCOL_ERROR)


def _check_reset(stream: int, newest: int, payload: bytes) -> None:
    if len(payload) != _NUMBER_BYTES:
        raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, "RST_STREAM not of 4 bytes")
    if is_idle(stream, newest):
        raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "RST_STREAM of no stream")
