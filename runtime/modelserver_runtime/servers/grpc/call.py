"""A call under way: a task that answers, and a time at which it is late.

grpc's own servers answer INTERNAL where a message can't be read, which is the client's mistake and
says nothing; reading it here gives it the right code and words.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

from google.protobuf.message import DecodeError

from modelserver_runtime.errors import InvalidRequest
from modelserver_runtime.servers.grpc.routes import Terms
from modelserver_runtime.servers.grpc.status import BEGINNING, OK, Refusal, Status, refusal
from modelserver_runtime.servers.http2 import Stream as Line

_LATE: Final = Refusal(Status.DEADLINE_EXCEEDED, "Deadline Exceeded")


class Call:
    """What all calls have in common."""

    def __init__(self, line: Line, terms: Terms) -> None:
        self._line = line
        self._encoding = terms.encoding
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._has_begun = False
        if terms.timeout is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(terms.timeout, self._refuse, _LATE)

    def on_reset(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()

    def _start(self, answering: Coroutine[Any, Any, None]) -> None:
        self._task = asyncio.get_running_loop().create_task(answering)

    def _refuse(self, refused: Refusal) -> None:
        self.on_reset()
        if self._has_begun:
            self._line.cut(refused.trailers)
        else:
            self._line.refuse(refused.whole)

    def _finish(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    async def _answer_on(self, answering: Coroutine[Any, Any, None]) -> None:
        """Begin an answer, and end it however it goes."""
        self._has_begun = True
        self._line.begin(BEGINNING)
        try:
            await answering
        except Exception as error:  # noqa: BLE001 - whatever it is, the client hears of it
            self._line.cut(refusal(error).trailers)
        else:
            self._line.finish(OK)
        finally:
            self._finish()


def parsed(request_type: type[Any], body: bytes | memoryview) -> Any:  # noqa: ANN401
    """A message of this type. Raises InvalidRequest where the bytes are none."""
    try:
        return request_type.FromString(body)
    except DecodeError as error:
        raise InvalidRequest(
            f"Invalid message - Expected: {request_type.DESCRIPTOR.full_name}; "
            f"Actual: {len(body)} bytes that are none"
        ) from error
