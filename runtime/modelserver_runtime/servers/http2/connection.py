"""One client connection: its streams, and what either side may do on it."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Final, Protocol, cast

from modelserver_runtime.servers.http2.control import Control
from modelserver_runtime.servers.http2.frames import (
    ACK,
    GOAWAY,
    LARGEST_ID,
    PING,
    RST_STREAM,
    WINDOW_UPDATE,
    ConnectionFault,
    ErrorCode,
    Setting,
    StreamFault,
    frame,
    is_idle,
    number,
    settings,
)
from modelserver_runtime.servers.http2.head import HEAD_AT_MOST, Head, HeadReader
from modelserver_runtime.servers.http2.reading import FRAME_AT_MOST, FrameReader
from modelserver_runtime.servers.http2.sending import STREAM_WINDOW, Sender
from modelserver_runtime.servers.http2.stream import Receiver, Stream

logger = logging.getLogger(__name__)

_WINDOW: Final = 16 << 20  # bytes that a client may send ahead of us on a connection
_STREAMS_AT_MOST: Final = 10_000  # requests of one client at a time
_REMEMBERED: Final = 1000  # streams that we ended, of which the client may not have heard
_UNSENT_AT_MOST: Final = 1 << 20  # bytes of answers, after which a client is read no further
_GATHERED: Final = 1 << 16  # bytes; more than that is sent while others are read
_GREETING: Final = settings(
    {
        Setting.MAX_CONCURRENT_STREAMS: _STREAMS_AT_MOST,
        Setting.INITIAL_WINDOW_SIZE: STREAM_WINDOW,
        Setting.MAX_FRAME_SIZE: FRAME_AT_MOST,
        Setting.MAX_HEADER_LIST_SIZE: HEAD_AT_MOST,
    }
) + frame(WINDOW_UPDATE, 0, 0, number(_WINDOW))
_FAREWELL: Final = b"farewell"


class Route(Protocol):
    """What becomes of requests with a certain head."""

    def receiver(self, stream: Stream) -> Receiver:
        """Who takes a new request of that kind."""


class Connection(asyncio.Protocol):
    """The protocol of one connection.

    Args:
        route: says what becomes of a request; asked once for heads that a client repeats.
        age: seconds that it may be here.
    """

    def __init__(
        self,
        route: Callable[[Head], Route],
        age: float,
        on_open: Callable[[Connection], None],
        on_close: Callable[[Connection], None],
    ) -> None:
        self._on_open = on_open
        self._on_close = on_close
        self._reader = FrameReader(self)
        self._heads = HeadReader(lambda head: (route(head), head.content_length))
        self._sender = Sender(self._write, self._answered)
        self._streams: dict[int, Stream] = {}
        self._control = Control(self._sender, self._streams, self._write)
        self._transport: asyncio.Transport | None = None
        self._newest = 0  # of the client's streams
        self._ended_by_us: deque[int] = deque(maxlen=_REMEMBERED)
        self._credited = 0  # bytes of data that the client may send others for
        self._is_reading = False
        self._out: list[bytes] = []
        self._is_finishing = False
        self._is_over = False
        self._is_last_heard = False  # the client knows that it is to open no more streams
        self._last_active = monotonic()
        self._of_age = self._last_active + age

    # What the server asks of it

    @property
    def has_served(self) -> bool:
        """Whether a request has come by it."""
        return self._newest > 0

    @property
    def has_greeted(self) -> bool:
        """Whether the client has said that it speaks HTTP/2."""
        return self._reader.has_preface

    @property
    def is_over(self) -> bool:
        """Whether nothing more is read or said: only the client has not closed yet."""
        return self._is_over

    @property
    def is_finishing(self) -> bool:
        """Whether the client has been told to go."""
        return self._is_finishing

    def quiet_seconds(self, now: float) -> float:
        """How long nothing has happened here; 0 while there is a request."""
        return 0.0 if self._streams else now - self._last_active

    def is_of_age(self, now: float) -> bool:
        """Whether it has been here for as long as it may."""
        return now > self._of_age

    def finish(self) -> None:
        """Tell the client to open no more streams, and close after the last of them.

        Requests that are under way when it hears of that are answered as well: those that come
        before its answer to a ping that goes with the word.
        """
        if not self._is_finishing:
            self._is_finishing = True
            self._write(_goaway(LARGEST_ID, ErrorCode.NO_ERROR) + frame(PING, 0, 0, _FAREWELL))

    @property
    def is_flushed(self) -> bool:
        """Whether the client's system has taken all that was written."""
        return self._transport is None or not self._transport.get_write_buffer_size()

    def close(self) -> None:
        """Close now; what the client has not read by now is thrown away."""
        if self._transport is not None:
            self._transport.abort()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass of it
        self._transport.set_write_buffer_limits(_UNSENT_AT_MOST)
        self._write(_GREETING)
        self._on_open(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._transport = None
        for stream in list(self._streams.values()):
            self._forget(stream)
        self._on_close(self)

    def pause_writing(self) -> None:
        self._sender.is_writable = False
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._sender.is_writable = True
        self._sender.pump()
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        if self._is_over:
            return
        self._last_active = monotonic()
        self._is_reading = True
        try:
            self._reader.feed(data)
            if self._reader.data_bytes - self._credited > _WINDOW // 2:
                self._credit_all()
            self._is_reading = False
            self._flush()
            if self._sender.is_due:
                self._sender.settle(self._streams.values())
            self._close_if_done()
        except ConnectionFault as fault:
            self._end(fault)
        except Exception:
            logger.exception("An HTTP/2 connection failed")
            self._end(ConnectionFault(ErrorCode.INTERNAL_ERROR, ""))
        finally:
            self._is_reading = False
            self._flush()

    # What was read

    def on_data(self, stream: int, data: memoryview, ends: bool) -> None:
        receiving = self._streams.get(stream)
        if receiving is None or receiving.has_ended:
            self._unwanted(stream)
            return
        size = len(data)
        receiving.received += size
        receiving.owed += size
        if size:
            receiving.receiver.on_data(data)
        if ends:
            self._ended(receiving)
        elif receiving.owed > STREAM_WINDOW // 2:
            self._credit(receiving)

    def on_padding(self, stream: int, size: int) -> None:
        receiving = self._streams.get(stream)
        if receiving is not None:
            receiving.owed += size

    def _unwanted(self, stream: int) -> None:
        """Data of a stream that waits for none."""
        if is_idle(stream, self._newest):
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "DATA of no stream")
        if stream not in self._ended_by_us:
            self._reset(stream, ErrorCode.STREAM_CLOSED)

    def on_headers(self, stream: int, block: bytes, *, ends: bool) -> None:
        if not stream % 2:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "HEADERS of no stream of a client")
        try:
            if stream > self._newest:
                self._open(stream, block, ends=ends)
            else:
                self._trailers(stream, block, ends=ends)
        except StreamFault as fault:
            self._reset(stream, fault.code)

    def on_frame(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        try:
            self._control.on_frame(kind, flags, stream, payload, self._newest)
        except StreamFault as fault:
            self._reset(stream, fault.code)
        if kind == RST_STREAM and (gone := self._streams.get(stream)) is not None:
            self._forget(gone)
        elif kind == GOAWAY:
            self._is_finishing = self._is_last_heard = True
        elif kind == PING and flags & ACK and payload == _FAREWELL:
            self._is_last_heard = self._is_finishing

    def _open(self, number_: int, block: bytes, *, ends: bool) -> None:
        self._newest = number_
        route, content_length = self._heads.read(block)
        if len(self._streams) >= _STREAMS_AT_MOST:
            raise StreamFault(ErrorCode.REFUSED_STREAM)
        self._streams[number_] = stream = Stream(number_, self._sender, content_length)
        stream.has_ended = ends
        stream.receiver = route.receiver(stream)  # which may have answered it already
        if ends:
            self._ended(stream)

    def _trailers(self, number_: int, block: bytes, *, ends: bool) -> None:
        stream = self._streams.get(number_)
        if stream is None and number_ not in self._ended_by_us:
            raise ConnectionFault(ErrorCode.STREAM_CLOSED, "HEADERS of a stream that ended")
        self._heads.skip(block)
        if stream is not None:
            if stream.has_ended:
                raise StreamFault(ErrorCode.STREAM_CLOSED)
            if not ends:
                raise StreamFault(ErrorCode.PROTOCOL_ERROR)
            self._ended(stream)

    def _ended(self, stream: Stream) -> None:
        """Its request is whole."""
        if stream.content_length not in {None, stream.received}:
            self._reset(stream.id, ErrorCode.PROTOCOL_ERROR)
            return
        stream.has_ended = True
        stream.receiver.on_end()
        if stream.is_answered:
            self._drop(stream)

    def _credit(self, stream: Stream) -> None:
        if not stream.is_paused:
            self._sender.credit(stream)
        elif stream.owed > STREAM_WINDOW:
            raise ConnectionFault(ErrorCode.FLOW_CONTROL_ERROR, "DATA over the window")

    def _credit_all(self) -> None:
        more = self._reader.data_bytes - self._credited
        self._write(frame(WINDOW_UPDATE, 0, 0, number(more)))
        self._credited += more

    # The end of streams, and of the connection

    def _answered(self, stream: Stream) -> None:
        if stream.has_ended:
            self._drop(stream)
        elif stream.id in self._streams:  # the answer doesn't depend on what is still to come
            self._reset(stream.id, ErrorCode.NO_ERROR)

    def _reset(self, number_: int, code: ErrorCode) -> None:
        self._write(frame(RST_STREAM, 0, number_, number(code)))
        self._ended_by_us.append(number_)
        if (stream := self._streams.get(number_)) is not None:
            self._forget(stream)

    def _forget(self, stream: Stream) -> None:
        """Nobody waits for its answer."""
        self._sender.drop(stream)
        self._drop(stream)
        stream.receiver.on_reset()

    def _drop(self, stream: Stream) -> None:
        self._streams.pop(stream.id, None)
        self._last_active = monotonic()
        self._close_if_done()

    def _close_if_done(self) -> None:
        is_done = self._is_last_heard and not self._streams and not self._is_reading
        if is_done and not self._is_over:
            self._end(ConnectionFault(ErrorCode.NO_ERROR, ""))

    def _end(self, fault: ConnectionFault) -> None:
        """Say so, and leave it to the client to close.

        Closing while the client's bytes come would make the kernel throw away what it has not yet
        sent of our answers.
        """
        self._write(_goaway(self._newest, fault.code, fault.words))
        self._flush()
        self._is_over = self._is_finishing = True
        for stream in list(self._streams.values()):
            self._forget(stream)
        if self._transport is not None:
            self._transport.write_eof()

    # Bytes

    def _write(self, data: bytes) -> None:
        if self._is_reading:
            self._out.append(data)
            if len(data) > _GATHERED:
                self._flush()
        elif self._transport is not None:
            self._transport.write(data)

    def _flush(self) -> None:
        if self._out and self._transport is not None:
            self._transport.write(b"".join(self._out))
        self._out.clear()


def _goaway(newest: int, code: ErrorCode, words: str = "") -> bytes:
    return frame(GOAWAY, 0, 0, number(newest) + number(code) + words.encode())
