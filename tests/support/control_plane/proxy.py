"""A proxy before the API server that does to its client what networks and busy servers do.

It speaks plain HTTP to the client, whose bearer token it passes on, and TLS to the API server.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

import aiohttp
from aiohttp import web

from control_plane.background import BackgroundServer
from control_plane.plane import ControlPlane

_OF_THE_CONNECTION = {"connection", "content-length", "host", "keep-alive", "transfer-encoding"}
_EXPIRED = {
    "type": "ERROR",
    "object": {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "reason": "Expired",
        "message": "too old resource version",
        "code": 410,
    },
}


@dataclass(frozen=True, slots=True)
class Call:
    """A request on its way to the API server; the path is without the query."""

    method: str
    path: str
    watches: bool


@dataclass(frozen=True, slots=True)
class Fault:
    """What becomes of a call: after some seconds it is cut off, answered with a code, or served.

    Attributes:
        seconds: How long it waits first.
        code: The answer's HTTP status; 0 where the API server answers.
        headers: The answer's headers, say Retry-After.
        drops: Whether the connection is closed without an answer.
    """

    seconds: float = 0
    code: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    drops: bool = False


Plan = Callable[[Call], Fault | None]


@dataclass(eq=False, slots=True)
class _Watch:
    """An answer that goes on; `silent` once nothing of it is passed on any more."""

    path: str
    answer: aiohttp.ClientResponse
    response: web.StreamResponse
    silent: bool = False


class FaultProxy:
    """A server in a thread of its own.

    Attributes:
        plan: What happens to a call; at first, nothing.
        calls: What came so far.
    """

    def __init__(self, plane: ControlPlane) -> None:
        self.plan: Plan = lambda _: None
        self.calls: list[Call] = []
        self._plane = plane
        self._watches: set[_Watch] = set()
        self._server = BackgroundServer(self._handle)

    @property
    def url(self) -> str:
        """What to ask instead of the API server."""
        return f"http://127.0.0.1:{self._server.port}"

    def cut_watches(self) -> None:
        """Close every open watch."""
        self._server.run(self._end_watches(b""))

    def expire_watches(self, of: str = "") -> None:
        """End open watches with 410: what came since can't be told any more.

        Args:
            of: The kind in the plural; that of all kinds if empty.
        """
        self._server.run(self._end_watches(json.dumps(_EXPIRED).encode() + b"\n", of))

    def silence_watches(self, of: str = "") -> None:
        """Pass on no more of open watches, those of a kind or all, and leave their connections."""
        for watch in self._of(of):
            watch.silent = True

    def __enter__(self) -> Self:
        """Start to listen."""
        self._server.__enter__()
        self._server.run(self._connect())
        return self

    def __exit__(self, *_: object) -> None:
        """Close every connection."""
        self._server.run(self._end_watches(b""))
        self._server.__exit__()

    async def _connect(self) -> None:
        trust = ssl.create_default_context(cafile=str(self._plane.trust))
        self._client = await self._server.stack.enter_async_context(
            aiohttp.ClientSession(
                self._plane.url,
                connector=aiohttp.TCPConnector(ssl=trust, limit=0),
                timeout=aiohttp.ClientTimeout(total=None),
                auto_decompress=False,
            )
        )

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        call = Call(request.method, request.path, request.query.get("watch") in {"true", "1"})
        self.calls.append(call)
        fault = self.plan(call) or Fault()
        await asyncio.sleep(fault.seconds)
        if fault.drops and request.transport is not None:
            request.transport.abort()
        if fault.code:
            return _refusal(fault)
        return await self._serve(request, call)

    async def _serve(self, request: web.Request, call: Call) -> web.StreamResponse:
        """Ask the API server, and pass on what it answers as it comes."""
        upstream = self._client.request(
            request.method,
            request.raw_path,
            headers=_passed_on(request.headers),
            data=await request.read(),
            skip_auto_headers=("Content-Type", "User-Agent"),
        )
        try:
            async with upstream as answer:
                response = web.StreamResponse(
                    status=answer.status, headers=_passed_on(answer.headers)
                )
                await response.prepare(request)
                await self._pass_on(answer, response, call)
        except aiohttp.ClientConnectionError:  # the API server is down, or went meanwhile
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=502)
        return response

    async def _pass_on(
        self, answer: aiohttp.ClientResponse, response: web.StreamResponse, call: Call
    ) -> None:
        watch = _Watch(call.path, answer, response)
        if call.watches:
            self._watches.add(watch)
        try:
            async for data in answer.content.iter_any():
                if not watch.silent:
                    await response.write(data)
        except (ConnectionError, aiohttp.ClientError):  # one of the two has gone
            pass
        finally:
            self._watches.discard(watch)

    def _of(self, kind: str) -> set[_Watch]:
        return {watch for watch in self._watches if watch.path.endswith(kind)}

    async def _end_watches(self, last: bytes, of: str = "") -> None:
        for watch in self._of(of):
            with suppress(ConnectionError):
                if last:
                    await watch.response.write(last)
                await watch.response.write_eof()
            watch.answer.close()


def _passed_on(headers: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value for name, value in headers.items() if name.lower() not in _OF_THE_CONNECTION
    }


def _refusal(fault: Fault) -> web.Response:
    """An answer in the API server's own form."""
    status = {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "message": "a fault of the test's",
        "code": fault.code,
    }
    return web.json_response(status, status=fault.code, headers=dict(fault.headers))
