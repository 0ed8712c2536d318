"""Calls that stream both ways: each request of a stream gets one answer, in its turn.

Requests of one stream are worked on side by side, like those of calls of their own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final, Protocol, TypeAlias

_AT_A_TIME: Final = 128
"""Requests of a stream that are worked on, or whose answers wait for the client to read them."""

_QUIET_SECONDS: Final = 1.0  # without a request, after which a stream of an ending server ends

Body: TypeAlias = bytes | memoryview
Answers: TypeAlias = asyncio.Queue[asyncio.Task[bytes] | None]


class Line(Protocol):
    """A stream, as messages."""

    async def read(self) -> Body | None:
        """The next request; None after the last one."""

    async def write(self, message: bytes) -> None:
        """Send an answer."""


async def converse(
    line: Line, answer: Callable[[Body], Coroutine[Any, Any, bytes]], ending: asyncio.Event
) -> None:
    """Answer the requests of a stream until the client has no more of them.

    Args:
        answer: never raises.
        ending: from when on no more requests are read once none has come for a second. A client
            that streams without a pause can't be sent elsewhere without losing what is under way.
    """
    answers: Answers = asyncio.Queue(_AT_A_TIME)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_write(line, answers))
        end = tasks.create_task(ending.wait())
        while (body := await _read(line, end)) is not None:
            await answers.put(tasks.create_task(answer(body)))
        await answers.put(None)
        end.cancel()


async def _write(line: Line, answers: Answers) -> None:
    while (task := await answers.get()) is not None:
        await line.write(await task)


async def _read(line: Line, end: asyncio.Task[bool]) -> Body | None:
    """The next request; None after the last one, or once it ends."""
    reading = asyncio.ensure_future(line.read())
    await asyncio.wait((reading, end), return_when=asyncio.FIRST_COMPLETED)
    if not reading.done():
        await asyncio.wait((reading,), timeout=_QUIET_SECONDS)
    if reading.done():
        return reading.result()
    reading.cancel()
    return None
