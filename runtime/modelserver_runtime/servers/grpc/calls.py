"""Calls under way: bytes in, bytes out, errors as statuses.

grpc's own servers answer INTERNAL where a message can't be read, which is the client's mistake and
says nothing; reading it here gives it the right code and words.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine
from typing import Any, Final

from google.protobuf.message import DecodeError

from modelserver_runtime.errors import InvalidRequest
from modelserver_runtime.servers.grpc.conversation import converse
from modelserver_runtime.servers.grpc.messages import Assembler, Body, Message, framed
from modelserver_runtime.servers.grpc.routes import Begin, Terms
from modelserver_runtime.servers.grpc.services import Conversation, Stream, Unary
from modelserver_runtime.servers.grpc.status import (
    BEGINNING,
    OK,
    CallRefused,
    Refusal,
    Status,
    refusal,
)
from modelserver_runtime.servers.http2 import Receiver
from modelserver_runtime.servers.http2 import Stream as Line

_UNREAD_AT_MOST: Final = 1 << 20  # bytes of messages, after which a client is to wait
_MESSAGE_COSTS: Final = 128  # bytes, besides what it says
_LATE: Final = Refusal(Status.DEADLINE_EXCEEDED, "Deadline Exceeded")


def begins(call: Unary | Stream | Conversation, ending: asyncio.Event) -> Begin:
    """Who takes requests of one call.

    Args:
        ending: set once the server ends, and conversations with it.
    """

    def begin(line: Line, terms: Terms) -> Receiver:
        match call:
            case Unary():
                return _UnaryCall(line, terms, call)
            case Stream():
                return _StreamCall(line, terms, call)
            case Conversation():
                return _ConversationCall(line, terms, call, ending)

    return begin


class _Call:
    """What all have in common: a task that answers, and a time at which it is late."""

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


class _OneRequestCall(_Call):
    """The request is one message, and read when it is whole."""

    def __init__(self, line: Line, terms: Terms) -> None:
        super().__init__(line, terms)
        self._body = Body()

    def on_data(self, data: memoryview) -> None:
        try:
            self._body.add(data)
        except CallRefused as refused:
            self._refuse(refused.refusal)

    def on_end(self) -> None:
        self._start(self._answer())

    async def _request(self, request_type: type[Any]) -> Any:  # noqa: ANN401
        return _parsed(request_type, await self._body.message().plain(self._encoding))

    async def _answer(self) -> None:
        raise NotImplementedError


class _UnaryCall(_OneRequestCall):
    def __init__(self, line: Line, terms: Terms, call: Unary) -> None:
        super().__init__(line, terms)
        self._call = call

    async def _answer(self) -> None:
        request_type, answer = self._call
        try:
            response = await answer(await self._request(request_type))
            parts = framed(response.SerializeToString())
        except Exception as error:  # noqa: BLE001 - whatever it is, the client hears of it
            self._line.refuse(refusal(error).whole)
        else:
            self._line.answer(BEGINNING, parts, OK)
        finally:
            self._finish()


class _StreamCall(_OneRequestCall):
    """Streams only watch the server."""

    def __init__(self, line: Line, terms: Terms, call: Stream) -> None:
        super().__init__(line, terms)
        self._call = call

    async def _answer(self) -> None:
        try:
            request = await self._request(self._call.request_type)
        except Exception as error:  # noqa: BLE001 - likewise
            self._line.refuse(refusal(error).whole)
            self._finish()
        else:
            await self._answer_on(self._write(request))

    async def _write(self, request: Any) -> None:  # noqa: ANN401
        async for response in self._call.answers(request):
            await self._line.write(framed(response.SerializeToString()))


class _ConversationCall(_Call):
    """Requests as they come, and the answer to each."""

    def __init__(self, line: Line, terms: Terms, call: Conversation, ending: asyncio.Event) -> None:
        super().__init__(line, terms)
        self._call = call
        self._ending = ending
        self._assembler = Assembler()
        self._unread: deque[Message] = deque()
        self._unread_size = 0
        self._has_ended = False
        self._news = asyncio.Event()
        self._start(self._answer_on(converse(self, self._answer, self._ending)))

    def on_data(self, data: memoryview) -> None:
        try:
            for message in self._assembler.feed(data):
                self._unread.append(message)
                self._unread_size += _cost(message)
        except CallRefused as refused:
            self._refuse(refused.refusal)
        if self._unread_size > _UNREAD_AT_MOST:
            self._line.pause()
        self._news.set()

    def on_end(self) -> None:
        self._has_ended = True
        self._news.set()

    async def read(self) -> bytes | memoryview | None:
        """The next request; None after the last one."""
        while not self._unread:
            if self._has_ended:
                return None
            self._news.clear()
            await self._news.wait()
        message = self._unread.popleft()
        self._unread_size -= _cost(message)
        if self._unread_size <= _UNREAD_AT_MOST:
            self._line.resume()
        try:
            return await message.plain(self._encoding)
        except CallRefused as refused:
            self._refuse(refused.refusal)
            return None

    async def write(self, message: bytes) -> None:
        """Send an answer."""
        await self._line.write(framed(message))

    async def _answer(self, body: bytes | memoryview) -> bytes:
        request = None
        try:
            request = _parsed(self._call.request_type, body)
            response = await self._call.answer(request)
        except Exception as error:  # noqa: BLE001 - likewise
            response = self._call.refuse(request, refusal(error).words)
        return response.SerializeToString()


def _cost(message: Message) -> int:
    return _MESSAGE_COSTS + len(message.content)


def _parsed(request_type: type[Any], body: bytes | memoryview) -> Any:  # noqa: ANN401
    try:
        return request_type.FromString(body)
    except DecodeError as error:
        raise InvalidRequest(
            f"Invalid message - Expected: {request_type.DESCRIPTOR.full_name}; "
            f"Actual: {len(body)} bytes that are none"
        ) from error
