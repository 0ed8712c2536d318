"""One stream of a connection: a request that comes, and what is sent back."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

if TYPE_CHECKING:
    from modelserver_runtime.servers.http2.sending import Sender

Buffer: TypeAlias = bytes | bytearray | memoryview


class Receiver(Protocol):
    """What an application does with a request as it comes. Nothing of it may raise."""

    def on_data(self, data: memoryview) -> None:
        """A part of the body, which may be kept."""

    def on_end(self) -> None:
        """The request is whole."""

    def on_reset(self) -> None:
        """Nobody waits for an answer any more."""


class Nobody:
    """Takes a request that is answered already."""

    def on_data(self, data: memoryview) -> None:
        """It changes nothing."""

    def on_end(self) -> None:
        """Likewise."""

    def on_reset(self) -> None:
        """Likewise."""


NOBODY: Final = Nobody()


class Stream:
    """A request and its answer.

    Attributes:
        received: bytes of body so far.
        owed: bytes, padding included, that the client has not yet been told to send others for.
        is_paused: the client is to send no more than it was told it may.
        has_ended: the request is whole.
        window: bytes that the client is ready to take, more or less than it takes of any stream.
        queue: what is still to be sent of the answer.
        trailers: the block that ends the answer, behind the queue; empty if its body does.
        is_answered: the answer has been sent to its end.
    """

    __slots__ = (
        "content_length",
        "drained",
        "has_ended",
        "id",
        "is_answered",
        "is_paused",
        "owed",
        "queue",
        "received",
        "receiver",
        "sender",
        "trailers",
        "window",
    )

    def __init__(self, number: int, sender: Sender, content_length: int | None) -> None:
        self.id = number
        self.sender = sender
        self.window = 0
        self.receiver: Receiver = NOBODY
        self.content_length = content_length
        self.received = 0
        self.owed = 0
        self.is_paused = False
        self.has_ended = False
        self.queue: deque[memoryview] = deque()
        self.trailers: bytes | None = None
        self.is_answered = False
        self.drained: asyncio.Future[None] | None = None

    def answer(self, head: bytes, parts: Sequence[Buffer], trailers: bytes) -> None:
        """Send a whole answer: header block, body, trailing block, which may be empty."""
        self.sender.answer(self, head, parts, trailers)

    def refuse(self, block: bytes) -> None:
        """Send an answer that is nothing but a head."""
        self.sender.head(self, block, ends=True)

    def begin(self, head: bytes) -> None:
        """Send the head of an answer whose parts follow."""
        self.sender.head(self, head, ends=False)

    async def write(self, parts: Sequence[Buffer]) -> None:
        """Send a part of a body, and wait until the client has taken so much."""
        self.sender.body(self, parts)
        if self.queue and not self.is_answered:
            self.drained = asyncio.get_running_loop().create_future()
            await self.drained

    def finish(self, trailers: bytes) -> None:
        """End the answer, behind what was written."""
        self.sender.finish(self, trailers)

    def cut(self, trailers: bytes) -> None:
        """End the answer now, without what still waits to be sent."""
        self.queue.clear()
        self.sender.finish(self, trailers)

    def pause(self) -> None:
        """Let the client send no more than it may already."""
        self.is_paused = True

    def resume(self) -> None:
        """Let it go on."""
        if self.is_paused:
            self.is_paused = False
            self.sender.credit(self)
