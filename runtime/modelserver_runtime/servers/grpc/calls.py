"""Calls of one request: bytes in, bytes out, errors as statuses."""

from __future__ import annotations

import asyncio
from typing import Any

from modelserver_runtime.servers.grpc.call import Call, parsed
from modelserver_runtime.servers.grpc.conversation_call import ConversationCall
from modelserver_runtime.servers.grpc.messages import Body, framed
from modelserver_runtime.servers.grpc.routes import Begin, Terms
from modelserver_runtime.servers.grpc.services import Conversation, Stream, Unary
from modelserver_runtime.servers.grpc.status import BEGINNING, OK, CallRefused, refusal
from modelserver_runtime.servers.http2 import Receiver
from modelserver_runtime.servers.http2 import Stream as Line


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
                return ConversationCall(line, terms, call, ending)

    return begin


class _OneRequestCall(Call):
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
        return parsed(request_type, await self._body.message().plain(self._encoding))

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
