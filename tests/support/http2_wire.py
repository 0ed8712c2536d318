"""A connection of our HTTP/2 server without a socket, and a client that knows nothing of it.

The client is the library h2: it judges what the server says, and refuses what HTTP/2 forbids.
"""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import inf

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    ResponseReceived,
    StreamEnded,
    StreamReset,
    TrailersReceived,
)
from h2.settings import SettingCodes, Settings

from modelserver_runtime.servers.http2 import Head, Receiver, Stream
from modelserver_runtime.servers.http2.connection import Connection
from modelserver_runtime.servers.http2.head import fields_block

HEAD = fields_block({":status": "200", "content-type": "application/grpc"})
TRAILERS = fields_block({"grpc-status": "0"})
REQUEST = [
    (":method", "POST"),
    (":scheme", "http"),
    (":path", "/echo"),
    (":authority", "here"),
    ("te", "trailers"),
]

Heads = list[tuple[str, str]]


class Wire(asyncio.Transport):
    """What the server writes, until somebody takes it."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection
        self._unread = bytearray()
        self._limit = 0
        self.is_read = True  # whether the server reads what the client sends
        self.is_ended = False
        self.is_closed = False
        self.most_unread = 0
        connection.connection_made(self)

    def take(self) -> bytes:
        """What the server has written so far; it may go on if it waits."""
        taken = bytes(self._unread)
        self._unread.clear()
        if len(taken) > self._limit:
            self._connection.resume_writing()
        return taken

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._limit = high or 0

    def get_write_buffer_size(self) -> int:
        return len(self._unread)

    def write(self, data: bytes | bytearray | memoryview[int]) -> None:
        assert not self.is_ended, "written after the end"
        was_full = len(self._unread) > self._limit
        self._unread += data
        self.most_unread = max(self.most_unread, len(self._unread))
        if len(self._unread) > self._limit and not was_full:
            self._connection.pause_writing()

    def write_eof(self) -> None:
        self.is_ended = True

    def pause_reading(self) -> None:
        self.is_read = False

    def resume_reading(self) -> None:
        self.is_read = True

    def is_closing(self) -> bool:
        return self.is_closed

    def abort(self) -> None:
        self.is_closed = True


class Echo:
    """Answers each request with its body, as often as told."""

    def __init__(self, times: int = 1) -> None:
        self.times = times
        self.resets = 0

    def receiver(self, stream: Stream) -> Receiver:
        return _Echoing(self, stream)

    def route(self, head: Head) -> Echo:
        return self


class _Echoing:
    def __init__(self, echo: Echo, stream: Stream) -> None:
        self._echo = echo
        self._stream = stream
        self._body = bytearray()

    def on_data(self, data: memoryview) -> None:
        self._body += data

    def on_end(self) -> None:
        self._stream.answer(HEAD, [bytes(self._body)] * self._echo.times, TRAILERS)

    def on_reset(self) -> None:
        self._echo.resets += 1


@contextmanager
def traced() -> Iterator[Callable[[], int]]:
    """Tells, inside, how many bytes the front ends have taken since and not given back.

    What other code of this process takes meanwhile, say in threads, does not count.
    """
    tracemalloc.start()
    try:
        yield _taken
    finally:
        tracemalloc.stop()


def _taken() -> int:
    ours = tracemalloc.Filter(inclusive=True, filename_pattern="*/modelserver_runtime/servers/*")
    snapshot = tracemalloc.take_snapshot().filter_traces([ours])
    return sum(trace.size for trace in snapshot.traces)


def connected(echo: Echo) -> tuple[Connection, Wire]:
    """A connection that has just been opened."""
    connection = Connection(echo.route, inf, lambda _: None, lambda _: None)
    return connection, Wire(connection)


@dataclass
class Answer:
    """What a client has got of one."""

    head: Heads = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)
    trailers: Heads = field(default_factory=list)
    owed: int = 0  # bytes that it has read and not yet said so
    is_whole: bool = False
    reset: int | None = None

    @property
    def is_over(self) -> bool:
        """Whether no more of it will come."""
        return self.is_whole or self.reset is not None


@dataclass
class Upload:
    """What a client has still to send of a request."""

    body: bytes
    frame: int = 16_384
    padding: int | None = None


class Client:
    """The library h2 as a client of such a connection.

    Args:
        deliver: brings bytes to the server; changed on their way perhaps, or cut into pieces.
        window: bytes of an answer that it takes at first.
        step: bytes that it takes more of each answer, and of all, whenever it has read; None for
            as many as it has read.
        settings: what else it says of itself.
    """

    def __init__(
        self,
        connection: Connection,
        wire: Wire,
        deliver: Callable[[bytes], Iterable[bytes]] = lambda data: (data,),
        window: int = 65_535,
        step: int | None = None,
        settings: Mapping[SettingCodes, int] | None = None,
    ) -> None:
        self._connection = connection
        self._wire = wire
        self._deliver = deliver
        self._step = step
        self._owed = 0  # bytes of answers that it has read and not yet said so
        self._uploads: dict[int, Upload] = {}
        self.answers: dict[int, Answer] = {}
        self.goaway: int | None = None
        self.h2 = H2Connection(H2Configuration(client_side=True, header_encoding="utf-8"))
        initial = {SettingCodes.INITIAL_WINDOW_SIZE: window, **(settings or {})}
        self.h2.local_settings = Settings(client=True, initial_values=initial)
        self.h2.max_inbound_frame_size = self.h2.local_settings.max_frame_size
        self.h2.initiate_connection()

    def ask(self, upload: Upload, more: Sequence[tuple[str, str]] = ()) -> int:
        """Begin a request."""
        stream = self.h2.get_next_available_stream_id()
        self.h2.send_headers(stream, [*REQUEST, *more])
        self._uploads[stream] = upload
        self.answers[stream] = Answer()
        return stream

    def cancel(self, stream: int) -> None:
        """Want an answer no more."""
        self._uploads.pop(stream, None)
        if not self.answers.pop(stream).is_whole:
            self.h2.reset_stream(stream, 8)

    @property
    def is_done(self) -> bool:
        """Whether all answers are whole, or will never be."""
        return all(each.is_over for each in self.answers.values())

    def run(self, turns: int = 10_000) -> None:
        """Go on until all is answered. Raises AssertionError where that doesn't come to pass."""
        for _ in range(turns):
            if self.is_done:
                return
            self.turn()
        raise AssertionError(f"stuck: {self.answers.keys()}, still to send {self._uploads.keys()}")

    def turn(self) -> None:
        """Send and read once."""
        for stream in list(self._uploads):
            self._upload(stream)
        for piece in self._deliver(self.h2.data_to_send()):
            self._connection.data_received(piece)
        for event in self.h2.receive_data(self._wire.take()):
            self._on(event)
        self._take_more()

    def _upload(self, stream: int) -> None:
        upload = self._uploads[stream]
        padding = 0 if upload.padding is None else 1 + upload.padding
        most = min(self.h2.max_outbound_frame_size, upload.frame)
        room = min(self.h2.local_flow_control_window(stream), most) - padding
        if room <= 0 and upload.body:
            return
        part, upload.body = upload.body[:room], upload.body[room:]
        self.h2.send_data(stream, part, not upload.body, pad_length=upload.padding)
        if not upload.body:
            del self._uploads[stream]

    def _on(self, event: Event) -> None:
        if isinstance(event, ConnectionTerminated):
            self.goaway = event.error_code
        answer = self.answers.get(getattr(event, "stream_id", 0) or 0)
        if answer is None:
            return
        match event:
            case ResponseReceived():
                answer.head = [(str(name), str(value)) for name, value in event.headers]
            case DataReceived():
                answer.body += event.data
                answer.owed += event.flow_controlled_length
                self._owed += event.flow_controlled_length
            case TrailersReceived():
                answer.trailers = [(str(name), str(value)) for name, value in event.headers]
            case StreamEnded():
                answer.is_whole = True
            case StreamReset():
                answer.reset = int(event.error_code)
                self._uploads.pop(event.stream_id, None)

    def _take_more(self) -> None:
        more = min(self._owed, self._step or self._owed)
        if more:
            self._owed -= more
            self.h2.increment_flow_control_window(more)
        for stream, answer in self.answers.items():
            more = self._step or answer.owed
            if more and not answer.is_over:
                answer.owed = 0
                self.h2.increment_flow_control_window(more, stream)
