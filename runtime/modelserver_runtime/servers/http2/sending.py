"""What is sent to one client, within what it is ready to take (RFC 9113, section 5.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from modelserver_runtime.servers.http2.frames import (
    DATA,
    DEFAULT_FRAME,
    DEFAULT_WINDOW,
    END_HEADERS,
    END_STREAM,
    HEADERS,
    LARGEST_WINDOW,
    WINDOW_UPDATE,
    ConnectionFault,
    ErrorCode,
    StreamFault,
    frame,
    frame_head,
    number,
)
from modelserver_runtime.servers.http2.stream import Buffer, Stream

STREAM_WINDOW: Final = 4 << 20  # bytes that a client may send of one request ahead of us


class Sender:
    """Frames for one client.

    Args:
        write: sends bytes.
        on_answered: called when a stream's answer is out.
    """

    def __init__(
        self, write: Callable[[bytes], None], on_answered: Callable[[Stream], None]
    ) -> None:
        self._write = write
        self._on_answered = on_answered
        self._window = DEFAULT_WINDOW
        self._waiting: dict[int, Stream] = {}
        self.stream_window = DEFAULT_WINDOW
        self.frame_at_most = DEFAULT_FRAME
        self.is_writable = True

    def answer(self, stream: Stream, head: bytes, parts: Sequence[Buffer], trailers: bytes) -> None:
        """Send a whole answer, in one go where the client takes it."""
        size = sum(map(len, parts))
        if size > min(self._window, stream.window, self.frame_at_most) or stream.is_answered:
            self.head(stream, head, ends=False)
            self.body(stream, parts)
            self.finish(stream, trailers)
            return
        self._window -= size
        number_ = stream.id
        self._write(
            b"".join(
                (
                    frame_head(len(head), HEADERS, END_HEADERS, number_),
                    head,
                    frame_head(size, DATA, 0, number_),
                    *parts,
                    frame_head(len(trailers), HEADERS, END_HEADERS | END_STREAM, number_),
                    trailers,
                )
            )
        )
        self._end(stream)

    def head(self, stream: Stream, block: bytes, *, ends: bool) -> None:
        """Send a header block."""
        if stream.is_answered:
            return
        flags = END_HEADERS | END_STREAM if ends else END_HEADERS
        self._write(frame(HEADERS, flags, stream.id, block))
        if ends:
            self._end(stream)

    def body(self, stream: Stream, parts: Sequence[Buffer]) -> None:
        """Send data, as far as the client is ready; the rest waits."""
        if not stream.is_answered:
            stream.queue.extend(memoryview(part) for part in parts if part)
            self._pump(stream)

    def finish(self, stream: Stream, trailers: bytes) -> None:
        """End an answer once its data are sent."""
        if not stream.is_answered:
            stream.trailers = trailers
            self._pump(stream)

    def credit(self, stream: Stream) -> None:
        """Let a client send for what has come of a stream."""
        more = stream.received - stream.credited
        if more and not stream.has_ended:
            self._write(frame(WINDOW_UPDATE, 0, stream.id, number(more)))
            stream.credited += more

    def widen(self, size: int) -> None:
        """The client takes more. Raises ConnectionFault."""
        self._window += size
        if self._window > LARGEST_WINDOW:
            raise ConnectionFault(ErrorCode.FLOW_CONTROL_ERROR, "a window over 2^31-1 bytes")
        self.pump()

    def widen_stream(self, stream: Stream, size: int) -> None:
        """The client takes more of one stream. Raises StreamFault."""
        stream.window += size
        if stream.window > LARGEST_WINDOW:
            raise StreamFault(ErrorCode.FLOW_CONTROL_ERROR)
        self._pump(stream)

    def pump(self) -> None:
        """Send what waits, as far as the client is ready."""
        for stream in list(self._waiting.values()):
            self._pump(stream)

    def drop(self, stream: Stream) -> None:
        """Send nothing more of a stream."""
        stream.is_answered = True
        stream.queue.clear()
        self._waiting.pop(stream.id, None)
        _wake(stream)

    def _pump(self, stream: Stream) -> None:
        while stream.queue:
            part = stream.queue[0]
            size = min(len(part), self._window, stream.window, self.frame_at_most)
            if size <= 0 or not self.is_writable:
                self._waiting[stream.id] = stream
                return
            self._window -= size
            stream.window -= size
            self._write(frame_head(size, DATA, 0, stream.id) + part[:size])
            if size == len(part):
                stream.queue.popleft()
            else:
                stream.queue[0] = part[size:]
        self._waiting.pop(stream.id, None)
        _wake(stream)
        if stream.trailers is not None:
            self._write(frame(HEADERS, END_HEADERS | END_STREAM, stream.id, stream.trailers))
            self._end(stream)

    def _end(self, stream: Stream) -> None:
        stream.is_answered = True
        self._on_answered(stream)


def _wake(stream: Stream) -> None:
    if stream.drained is not None and not stream.drained.done():
        stream.drained.set_result(None)
        stream.drained = None
