"""What is sent to one client, within what it is ready to take (RFC 9113, section 5.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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
_GATHERED: Final = 1 << 18  # bytes that are written in one go
_FORGET_FIELDS: Final = b"\x20"  # what we send refers to no table: its size may as well be 0


class Sender:
    """Frames for one client.

    Args:
        write: sends bytes.
        on_answered: called when a stream's answer is out.

    Attributes:
        stream_window: bytes that the client takes of any stream, but for what it says of one.
        frame_at_most: bytes that it takes in a frame.
        is_writable: whether bytes that are written now don't have to wait for others.
        is_due: whether the client takes more than it did, so that `settle` has something to do.
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
        self.is_due = False
        self._is_resized = False
        self._prefix = b""  # of the next header block

    def answer(self, stream: Stream, head: bytes, parts: Sequence[Buffer], trailers: bytes) -> None:
        """Send a whole answer, in one go where the client takes it."""
        size = sum(map(len, parts))
        room = min(self._window, stream.window + self.stream_window, self.frame_at_most)
        if size > room or self._prefix or not trailers or stream.is_answered:
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
        self._write(self._headers(flags, stream.id, block))
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
        if stream.owed and not (stream.has_ended or stream.is_answered):
            self._write(frame(WINDOW_UPDATE, 0, stream.id, number(stream.owed)))
            stream.owed = 0

    def widen(self, size: int) -> None:
        """The client takes more. Raises ConnectionFault."""
        self._window += size
        if self._window > LARGEST_WINDOW:
            raise ConnectionFault(ErrorCode.FLOW_CONTROL_ERROR, "a window over 2^31-1 bytes")
        self.is_due = True

    def widen_stream(self, stream: Stream, size: int) -> None:
        """The client takes more of one stream. Raises StreamFault."""
        stream.window += size
        if stream.window + self.stream_window > LARGEST_WINDOW:
            raise StreamFault(ErrorCode.FLOW_CONTROL_ERROR)
        self.is_due = True

    def resize(self, size: int) -> None:
        """The client takes so much of each stream."""
        self.stream_window = size
        self.is_due = self._is_resized = True

    def forget_fields(self) -> None:
        """The client keeps no table of fields of the usual size, and is to be told that we know."""
        self._prefix = _FORGET_FIELDS

    def settle(self, streams: Iterable[Stream]) -> None:
        """Send what the client takes now, once for all that it has said. Raises ConnectionFault.

        Args:
            streams: all that are open.
        """
        self.is_due = False
        if self._is_resized:
            self._is_resized = False
            if any(each.window + self.stream_window > LARGEST_WINDOW for each in streams):
                raise ConnectionFault(ErrorCode.FLOW_CONTROL_ERROR, "a window over 2^31-1 bytes")
        self.pump()

    def pump(self) -> None:
        """Send what waits, as far as the client is ready."""
        for stream in list(self._waiting.values()):
            self._pump(stream)
            if self._window <= 0 or not self.is_writable:
                break

    def drop(self, stream: Stream) -> None:
        """Send nothing more of a stream."""
        stream.is_answered = True
        stream.queue.clear()
        self._waiting.pop(stream.id, None)
        _wake(stream)

    def _pump(self, stream: Stream) -> None:
        while stream.queue:
            frames = self._frames(stream)
            if not frames:
                self._waiting[stream.id] = stream
                return
            self._write(b"".join(frames))
        self._waiting.pop(stream.id, None)
        _wake(stream)
        if stream.trailers is not None:
            self._write(self._last(stream.id, stream.trailers))
            self._end(stream)

    def _frames(self, stream: Stream) -> list[Buffer]:
        """Frames of what waits, as far as the client is ready; not too much at a time."""
        room = min(self._window, stream.window + self.stream_window, _GATHERED)
        frames: list[Buffer] = []
        while stream.queue and room > 0 and self.is_writable:
            part = stream.queue.popleft()
            size = min(len(part), room, self.frame_at_most)
            if size < len(part):
                stream.queue.appendleft(part[size:])
            frames += frame_head(size, DATA, 0, stream.id), part[:size]
            room -= size
            self._window -= size
            stream.window -= size
        return frames

    def _headers(self, flags: int, stream: int, block: bytes) -> bytes:
        prefix, self._prefix = self._prefix, b""
        return frame(HEADERS, flags, stream, prefix + block)

    def _last(self, stream: int, trailers: bytes) -> bytes:
        if not trailers:
            return frame(DATA, END_STREAM, stream)
        return self._headers(END_HEADERS | END_STREAM, stream, trailers)

    def _end(self, stream: Stream) -> None:
        stream.is_answered = True
        self._on_answered(stream)


def _wake(stream: Stream) -> None:
    if stream.drained is not None and not stream.drained.done():
        stream.drained.set_result(None)
        stream.drained = None
