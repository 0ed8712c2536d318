"""A call of many requests: those that have come and wait to be read, and answers in their turn."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from modelserver_runtime.servers.grpc.call import Call, parsed
from modelserver_runtime.servers.grpc.conversation import converse
from modelserver_runtime.servers.grpc.messages import Assembler, Message, framed
from modelserver_runtime.servers.grpc.routes import Terms
from modelserver_runtime.servers.grpc.services import Conversation
from modelserver_runtime.servers.grpc.status import CallRefused, refusal
from modelserver_runtime.servers.http2 import Stream as Line

_UNREAD_AT_MOST: Final = 1 << 20  # bytes of messages, after which a client is to wait
_MESSAGE_COSTS: Final = 128  # bytes, besides what it says


class ConversationCall(Call):
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
            request = parsed(self._call.request_type, body)
            response = await self._call.answer(request)
        except Exception as error:  # noqa: BLE001 - likewise
            response = self._call.refuse(request, refusal(error).words)
        return response.SerializeToString()


def _cost(message: Message) -> int:
    return _MESSAGE_COSTS + len(message.content)
