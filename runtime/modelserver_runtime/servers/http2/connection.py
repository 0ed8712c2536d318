"""One client connection: its bytes, and how long it lives."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from time import monotonic
from typing import Final, cast

from modelserver_runtime.servers.http2.frames import (
    ACK,
    GOAWAY,
    LARGEST_ID,
    PING,
    WINDOW_UPDATE,
    ConnectionFault,
    ErrorCode,
    Setting,
    frame,
    number,
    settings,
)
from modelserver_runtime.servers.http2.head import HEAD_AT_MOST, Head
from modelserver_runtime.servers.http2.reading import FRAME_AT_MOST, FrameReader
from modelserver_runtime.servers.http2.requests import STREAMS_AT_MOST, Requests, Route
from modelserver_runtime.servers.http2.sending import STREAM_WINDOW

logger = logging.getLogger(__name__)

_WINDOW: Final = 16 << 20  # bytes that a client may send ahead of us on a connection
_UNSENT_AT_MOST: Final = 1 << 20  # bytes of answers, after which a client is read no further
_GATHERED: Final = 1 << 16  # bytes; more than that is sent while others are read
_GREETING: Final = settings(
    {
        Setting.MAX_CONCURRENT_STREAMS: STREAMS_AT_MOST,
        Setting.INITIAL_WINDOW_SIZE: STREAM_WINDOW,
        Setting.MAX_FRAME_SIZE: FRAME_AT_MOST,
        Setting.MAX_HEADER_LIST_SIZE: HEAD_AT_MOST,
    }
) + frame(WINDOW_UPDATE, 0, 0, number(_WINDOW))
_FAREWELL: Final = b"farewell"


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
        self._requests = Requests(route, self._write, self)
        self._reader = FrameReader(self._requests)
        self._transport: asyncio.Transport | None = None
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
    def is_used(self) -> bool:
        """Whether a request is here."""
        return bool(self._requests.streams)

    @property
    def has_served(self) -> bool:
        """Whether a request has come by it."""
        return self._requests.newest > 0

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
        return 0.0 if self.is_used else now - self._last_active

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
        self._requests.forget_all()
        self._on_close(self)

    def pause_writing(self) -> None:
        self._requests.sender.is_writable = False
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._requests.sender.is_writable = True
        self._requests.sender.pump()
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        if self._is_over:
            return
        self._last_active = monotonic()
        self._is_reading = True
        try:
            self._reader.feed(data)
            self._credit()
            self._is_reading = False
            self._flush()
            self._requests.settle()
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

    def on_goaway(self) -> None:
        self._is_finishing = self._is_last_heard = True

    def on_ping(self, flags: int, payload: bytes) -> None:
        if flags & ACK and payload == _FAREWELL:
            self._is_last_heard = self._is_finishing

    def on_stream_gone(self) -> None:
        self._last_active = monotonic()
        self._close_if_done()

    def _credit(self) -> None:
        """Let the client send for what has come."""
        more = self._reader.data_bytes - self._credited
        if more > _WINDOW // 2:
            self._write(frame(WINDOW_UPDATE, 0, 0, number(more)))
            self._credited += more

    # The end

    def _close_if_done(self) -> None:
        is_done = self._is_last_heard and not self.is_used and not self._is_reading
        if is_done and not self._is_over:
            self._end(ConnectionFault(ErrorCode.NO_ERROR, ""))

    def _end(self, fault: ConnectionFault) -> None:
        """Say so, and leave it to the client to close.

        Closing while the client's bytes come would make the kernel throw away what it has not yet
        sent of our answers.
        """
        self._write(_goaway(self._requests.newest, fault.code, fault.words))
        self._flush()
        self._is_over = self._is_finishing = True
        self._requests.forget_all()
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
