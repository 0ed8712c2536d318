"""One client connection: bytes to requests, responses to bytes, in order."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Final, cast

import httptools

from modelserver_runtime.servers.http.messages import Handler, Request, Response

_log = logging.getLogger(__name__)

_SMALL: Final = 64 * 1024  # bytes; up to it, one joined write is cheaper than several
_PIPELINED: Final = 16  # requests that may wait on one connection before it is read no further


@dataclass(frozen=True, slots=True)
class Limits:
    """What a client may ask for.

    Attributes:
        head: bytes of request line and headers.
        body: bytes of body.
        age: seconds after which a connection is closed with its next answer, which says so: the
            client comes anew, and may come to a replica that was not there before.
    """

    head: int = 64 * 1024
    body: int = 1 << 30
    age: float = 60.0


class _Refused(Exception):
    """A request that is answered before it is read to its end."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.response = Response(status, [f'{{"error":"{message}"}}'.encode()])


class Connection(asyncio.Protocol):
    """The protocol of one connection. Requests on it are answered one at a time, in order."""

    def __init__(
        self,
        handler: Handler,
        limits: Limits,
        on_open: Callable[[Connection], None],
        on_close: Callable[[Connection], None],
    ) -> None:
        self._handler = handler
        self._limits = limits
        self._on_open = on_open
        self._on_close = on_close
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._waiting: deque[tuple[Request, bool]] = deque()
        self._answering: asyncio.Task[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._is_receiving = False
        self._is_in_head = True
        self._head_received = 0
        self._is_last = False
        self._last_active = self._opened = monotonic()

    # What the server asks of it

    @property
    def is_between_requests(self) -> bool:
        """Whether no part of a request is here."""
        return not (self._is_receiving or self._answering)

    def quiet_seconds(self, now: float) -> float:
        """How long nothing has happened here; 0 while a request is being answered."""
        return 0.0 if self._answering else now - self._last_active

    def age(self, now: float) -> float:
        """Seconds since it was opened."""
        return now - self._opened

    def finish(self) -> None:
        """Close after the answer to the next request, or to those at hand."""
        self._is_last = True

    def close(self) -> None:
        """Close now."""
        if self._transport is not None:
            self._transport.close()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass of it
        self._on_open(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        if self._answering is not None:
            self._answering.cancel()
        self._transport = None
        self._on_close(self)

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def data_received(self, data: bytes) -> None:
        self._last_active = monotonic()
        try:
            self._parser.feed_data(data)
            self._check_unfinished_head(len(data))
        except _Refused as refused:
            self._refuse(refused)
        except httptools.HttpParserUpgrade:
            self._refuse(_Refused(400, "Protocol upgrades are not supported"))
        except httptools.HttpParserError as error:
            cause = error.__context__
            if isinstance(cause, _Refused):
                self._refuse(cause)
            else:
                self._refuse(_Refused(400, "Malformed HTTP request"))

    # httptools' callbacks

    def on_message_begin(self) -> None:
        self._url = b""
        self._headers: dict[bytes, bytes] = {}
        self._head_size = 0
        self._body = bytearray()
        self._received = 0
        self._is_receiving = True
        self._is_in_head = True
        self._head_received = 0

    def on_url(self, url: bytes) -> None:
        self._url += url
        self._head_size += len(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.lower()] = value
        self._head_size += len(name) + len(value)

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        self._check_head(self._head_size)
        length = int(self._headers.get(b"content-length", b"0"))
        if length > self._limits.body:
            raise _Refused(413, f"Request body over {self._limits.body} bytes")
        if self._headers.get(b"expect", b"").lower() == b"100-continue":
            self._write([b"HTTP/1.1 100 Continue\r\n\r\n"])

    def on_body(self, data: bytes) -> None:
        end = self._received + len(data)
        if end > self._limits.body:
            raise _Refused(413, f"Request body over {self._limits.body} bytes")
        self._body[self._received : end] = data
        self._received = end

    def on_message_complete(self) -> None:
        self._is_receiving = False
        path = self._url.partition(b"?")[0].decode("latin-1")
        method = self._parser.get_method().decode("ascii")
        request = Request(method, path, self._headers, self._body)
        self._waiting.append((request, self._parser.should_keep_alive()))
        if self._answering is None:
            self._answering = asyncio.get_running_loop().create_task(self._answer_waiting())
        elif len(self._waiting) >= _PIPELINED and self._transport is not None:
            self._transport.pause_reading()

    # Limits on the head: when it is whole, and before, since a client need not ever end it

    def _check_unfinished_head(self, size: int) -> None:
        if self._is_in_head:
            self._head_received += size
            self._check_head(self._head_received)

    def _check_head(self, size: int) -> None:
        if size > self._limits.head:
            raise _Refused(431, f"Request head over {self._limits.head} bytes")

    # Answers

    async def _answer_waiting(self) -> None:
        try:
            while self._waiting and self._transport is not None:
                request, keep_alive = self._waiting.popleft()
                response = await self._answer(request)
                keep_alive = keep_alive and not (self._is_last and self._has_answered_all)
                head, *body = response.encode(keep_alive=keep_alive)
                self._write([head] if request.method == "HEAD" else [head, *body])
                if not keep_alive:
                    self._waiting.clear()
                    self.close()
                elif not self._writable.is_set():
                    await self._writable.wait()
        finally:
            self._answering = None
            self._last_active = monotonic()
            self._resume_reading()

    @property
    def _has_answered_all(self) -> bool:
        return not (self._waiting or self._is_receiving)

    async def _answer(self, request: Request) -> Response:
        try:
            return await self._handler(request)
        except Exception:  # noqa: BLE001 - a bug costs one answer, not the connection
            _log.exception("%s %s failed", request.method, request.path)
            return Response(500, [b'{"error":"Internal server error"}'])

    def _write(self, parts: list[bytes | bytearray | memoryview]) -> None:
        if self._transport is None:
            return
        if sum(map(len, parts)) <= _SMALL:
            self._transport.write(b"".join(parts))
        else:
            self._transport.writelines(parts)

    def _resume_reading(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def _refuse(self, refused: _Refused) -> None:
        self._write(refused.response.encode(keep_alive=False))
        self.close()
