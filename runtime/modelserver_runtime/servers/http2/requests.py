"""The requests of one connection, as its client's frames open, feed and end them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

from modelserver_runtime.servers.http2.control import Control
from modelserver_runtime.servers.http2.frames import (
    GOAWAY,
    PING,
    RST_STREAM,
    ConnectionFault,
    ErrorCode,
    StreamFault,
    frame,
    is_idle,
    number,
)
from modelserver_runtime.servers.http2.head import Head, HeadReader
from modelserver_runtime.servers.http2.sending import STREAM_WINDOW, Sender
from modelserver_runtime.servers.http2.stream import NOBODY, Receiver, Stream

STREAMS_AT_MOST: Final = 10_000  # requests of one client at a time
_REMEMBERED: Final = 1000  # streams that we ended, of which the client may not have heard


class Route(Protocol):
    """What becomes of requests with a certain head."""

    def receiver(self, stream: Stream) -> Receiver:
        """Who takes a new request of that kind."""


class Events(Protocol):
    """What the connection wants to know."""

    def on_stream_gone(self) -> None:
        """A request is over."""

    def on_goaway(self) -> None:
        """The client opens no more streams."""

    def on_ping(self, flags: int, payload: bytes) -> None:
        """A ping, or the answer to one."""


class Requests:
    """Takes what is read of a client, and gives each request to who answers it.

    Args:
        route: says what becomes of a request; asked once for heads that a client repeats.

    Attributes:
        streams: those that are open, by their numbers.
        newest: the newest of the client's streams.
    """

    def __init__(
        self,
        route: Callable[[Head], Route],
        write: Callable[[bytes], None],
        events: Events,
    ) -> None:
        self._heads = HeadReader(lambda head: (route(head), head.content_length))
        self._write = write
        self._events = events
        self.sender = Sender(write, self._answered)
        self.streams: dict[int, Stream] = {}
        self.newest = 0
        self._control = Control(self.sender, self.streams, write)
        self._ended_by_us: deque[int] = deque(maxlen=_REMEMBERED)

    def forget_all(self) -> None:
        """Nobody waits for answers any more."""
        for stream in list(self.streams.values()):
            self._forget(stream)

    def settle(self) -> None:
        """Send what the client takes now. Raises ConnectionFault."""
        if self.sender.is_due:
            self.sender.settle(self.streams.values())

    # What was read

    def on_data(self, stream: int, data: memoryview, ends: bool) -> None:
        receiving = self.streams.get(stream)
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
        receiving = self.streams.get(stream)
        if receiving is not None:
            receiving.owed += size

    def on_headers(self, stream: int, block: bytes, *, ends: bool) -> None:
        if not stream % 2:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "HEADERS of no stream of a client")
        try:
            if stream > self.newest:
                self._open(stream, block, ends=ends)
            else:
                self._trailers(stream, block, ends=ends)
        except StreamFault as fault:
            self._reset(stream, fault.code)

    def on_frame(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        try:
            self._control.on_frame(kind, flags, stream, payload, self.newest)
        except StreamFault as fault:
            self._reset(stream, fault.code)
        if kind == RST_STREAM and (gone := self.streams.get(stream)) is not None:
            self._forget(gone)
        elif kind == GOAWAY:
            self._events.on_goaway()
        elif kind == PING:
            self._events.on_ping(flags, payload)

    def _open(self, number_: int, block: bytes, *, ends: bool) -> None:
        self.newest = number_
        route, content_length = self._heads.read(block)
        if len(self.streams) >= STREAMS_AT_MOST:
            raise StreamFault(ErrorCode.REFUSED_STREAM)
        self.streams[number_] = stream = Stream(number_, self.sender, content_length)
        stream.has_ended = ends
        receiver = route.receiver(stream)
        if stream.is_answered:
            return
        stream.receiver = receiver
        if ends:
            self._ended(stream)

    def _trailers(self, number_: int, block: bytes, *, ends: bool) -> None:
        stream = self.streams.get(number_)
        if stream is None and number_ not in self._ended_by_us:
            raise ConnectionFault(ErrorCode.STREAM_CLOSED, "HEADERS of a stream that ended")
        self._heads.skip(block)
        if stream is not None:
            if stream.has_ended:
                raise StreamFault(ErrorCode.STREAM_CLOSED)
            if not ends:
                raise StreamFault(ErrorCode.PROTOCOL_ERROR)
            self._ended(stream)

    def _unwanted(self, stream: int) -> None:
        """Data of a stream that waits for none."""
        if is_idle(stream, self.newest):
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "DATA of no stream")
        if stream not in self._ended_by_us:
            self._reset(stream, ErrorCode.STREAM_CLOSED)

    def _credit(self, stream: Stream) -> None:
        if not stream.is_paused:
            self.sender.credit(stream)
        elif stream.owed > STREAM_WINDOW:
            raise ConnectionFault(ErrorCode.FLOW_CONTROL_ERROR, "DATA over the window")

    # The end of streams

    def _ended(self, stream: Stream) -> None:
        """Its request is whole."""
        if stream.content_length not in {None, stream.received}:
            self._reset(stream.id, ErrorCode.PROTOCOL_ERROR)
            return
        stream.has_ended = True
        stream.receiver.on_end()
        if stream.is_answered:
            self._drop(stream)

    def _answered(self, stream: Stream) -> None:
        if stream.has_ended:
            self._drop(stream)
        elif stream.id in self.streams:  # the answer doesn't depend on what is still to come
            self._reset(stream.id, ErrorCode.NO_ERROR)

    def _reset(self, number_: int, code: ErrorCode) -> None:
        self._write(frame(RST_STREAM, 0, number_, number(code)))
        self._ended_by_us.append(number_)
        if (stream := self.streams.get(number_)) is not None:
            self._forget(stream)

    def _forget(self, stream: Stream) -> None:
        """Nobody waits for its answer."""
        receiver = stream.receiver
        self.sender.drop(stream)
        self._drop(stream)
        receiver.on_reset()

    def _drop(self, stream: Stream) -> None:
        self.streams.pop(stream.id, None)
        stream.receiver = NOBODY  # the old one refers to the stream: a circle would stay for long
        self._events.on_stream_gone()
