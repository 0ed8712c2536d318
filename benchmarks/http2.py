"""Calls over one HTTP/2 connection that always send the same bytes, at hardly any cost.

A load generator takes its processor time from the server beside it, and grpcio's client takes two
to three times what this one does. Headers and body are bytes that were made once. An answer is
counted, not read: one with a message went well, since an error comes without.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from struct import Struct, pack

_DATA, _HEADERS, _RESET, _SETTINGS, _PING, _GOAWAY, _WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
_END_STREAM = _ACK = 1
_END_HEADERS = 4
_INITIAL_WINDOW_SIZE, _MAX_FRAME_SIZE = 4, 5
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_HEAD = Struct(">BHBBL")  # of a frame: its length in 8 and 16 bits, type, flags, stream
_SETTING = Struct(">HL")
_AT_MOST = (1 << 31) - 1
_WINDOW = 65535  # until something else is agreed


class _Call:
    """What of one call was sent, and whether it was answered."""

    def __init__(self, stream: int, window: int, done: asyncio.Future[None]) -> None:
        self.stream = stream
        self.window = window
        self.done = done
        self.is_begun = False
        self.sent = 0
        self.has_message = False


class Connection(asyncio.Protocol):
    """One connection. Calls on it may overlap.

    Args:
        path: of the gRPC method.
        message: what each call sends, serialized.
    """

    def __init__(self, path: str, message: bytes) -> None:
        self._headers = b"".join(_field(*header) for header in _headers(path).items())
        self._body = memoryview(b"\0" + pack(">L", len(message)) + message)
        self._calls: dict[int, _Call] = {}
        self._unsent: deque[_Call] = deque()
        self._received = bytearray()
        self._next_stream = 1
        self._window = self._stream_window = _WINDOW
        self._frame_size = 16384
        self._on_frame: dict[int, Callable[[int, int, bytes], None]] = {
            _DATA: self._on_data,
            _HEADERS: self._on_headers,
            _RESET: self._on_reset,
            _SETTINGS: self._on_settings,
            _PING: self._on_ping,
            _GOAWAY: self._on_goaway,
            _WINDOW_UPDATE: self._on_window_update,
        }

    async def call(self) -> None:
        """Send the message; return once it is answered. Raises RuntimeError if it is refused."""
        done = asyncio.get_running_loop().create_future()
        call = _Call(self._next_stream, self._stream_window, done)
        self._next_stream += 2
        self._calls[call.stream] = call
        self._unsent.append(call)
        self._send()
        await done

    def close(self) -> None:
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        settings = _SETTING.pack(_INITIAL_WINDOW_SIZE, _AT_MOST)
        window = pack(">L", _AT_MOST - _WINDOW)
        opening = [_frame(_SETTINGS, 0, 0, settings), _frame(_WINDOW_UPDATE, 0, 0, window)]
        transport.write(b"".join([_PREFACE, *opening]))

    def connection_lost(self, exc: Exception | None) -> None:
        for call in self._calls.values():
            call.done.set_exception(exc or ConnectionResetError("the server closed the connection"))

    def data_received(self, data: bytes) -> None:
        self._received += data
        start = 0
        while len(self._received) >= start + _HEAD.size:
            high, low, kind, flags, stream = _HEAD.unpack_from(self._received, start)
            end = start + _HEAD.size + (high << 16 | low)
            if len(self._received) < end:
                break
            payload = bytes(self._received[start + _HEAD.size : end])
            if kind in self._on_frame:
                self._on_frame[kind](flags, stream, payload)
            start = end
        del self._received[:start]
        self._send()

    def _on_data(self, _flags: int, stream: int, _payload: bytes) -> None:
        self._calls[stream].has_message = True

    def _on_headers(self, flags: int, stream: int, payload: bytes) -> None:
        if flags & _END_STREAM:
            call = self._calls.pop(stream)
            if call.has_message:
                call.done.set_result(None)
            else:
                call.done.set_exception(RuntimeError(f"The call was refused: {payload!r}"))

    def _on_reset(self, _flags: int, stream: int, _payload: bytes) -> None:
        if call := self._calls.pop(stream, None):
            call.done.set_exception(ConnectionResetError("The server reset the call"))

    def _on_settings(self, flags: int, _stream: int, payload: bytes) -> None:
        if flags & _ACK:
            return
        settings = dict(_SETTING.iter_unpack(payload))
        self._frame_size = settings.get(_MAX_FRAME_SIZE, self._frame_size)
        window = settings.get(_INITIAL_WINDOW_SIZE, self._stream_window)
        for call in self._calls.values():
            call.window += window - self._stream_window
        self._stream_window = window
        self._transport.write(_frame(_SETTINGS, _ACK, 0))

    def _on_ping(self, flags: int, _stream: int, payload: bytes) -> None:
        if not flags & _ACK:
            self._transport.write(_frame(_PING, _ACK, 0, payload))

    def _on_goaway(self, _flags: int, _stream: int, _payload: bytes) -> None:
        raise RuntimeError("The connection came of age: measure for a shorter time")

    def _on_window_update(self, _flags: int, stream: int, payload: bytes) -> None:
        added = int.from_bytes(payload)
        if stream == 0:
            self._window += added
        elif stream in self._calls:
            self._calls[stream].window += added

    def _send(self) -> None:
        """Send of every call what its window and that of the connection allow."""
        frames = [frame for call in self._unsent for frame in self._frames(call)]
        self._unsent = deque(call for call in self._unsent if call.sent < len(self._body))
        if frames:
            self._transport.writelines(frames)

    def _frames(self, call: _Call) -> Iterator[bytes | memoryview]:
        if not call.is_begun:
            call.is_begun = True
            yield _frame(_HEADERS, _END_HEADERS, call.stream, self._headers)
        while (size := self._sendable(call)) > 0:
            part = self._body[call.sent : call.sent + size]
            call.sent += size
            call.window -= size
            self._window -= size
            is_last = call.sent == len(self._body)
            yield _head(_DATA, _END_STREAM if is_last else 0, call.stream, size)
            yield part

    def _sendable(self, call: _Call) -> int:
        """How many bytes may go in a frame now; negative where the server has taken room back."""
        return min(len(self._body) - call.sent, self._window, call.window, self._frame_size)


def _headers(path: str) -> dict[str, str]:
    return {
        ":method": "POST",
        ":scheme": "http",
        ":path": path,
        ":authority": "localhost",
        "te": "trailers",
        "content-type": "application/grpc",
    }


def _field(name: str, value: str) -> bytes:
    """A header as HPACK writes one that nobody is to remember; both are shorter than 127 bytes."""
    return b"".join([b"\0", bytes([len(name)]), name.encode(), bytes([len(value)]), value.encode()])


def _head(kind: int, flags: int, stream: int, size: int) -> bytes:
    return _HEAD.pack(size >> 16, size & 0xFFFF, kind, flags, stream)


def _frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return _head(kind, flags, stream, len(payload)) + payload
