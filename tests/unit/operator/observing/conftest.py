"""Real HTTP servers in the place of pods, and of Prometheus."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

import aiohttp
import pytest
from aiohttp import web

from modelserver_operator.observing.http import Http

Serve = Callable[[Mapping[str, object]], Awaitable[str]]
"""Starts a server with an answer for each path (text, JSON, or a number: that status)."""


def respond(answer: object) -> web.Response:
    match answer:
        case int():
            return web.json_response({"error": "no"}, status=answer)
        case str():
            return web.Response(text=answer)
    return web.json_response(answer)


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    runners: list[web.AppRunner] = []

    async def start(answers: Mapping[str, object]) -> str:
        async def handle(request: web.Request) -> web.Response:
            return respond(answers.get(request.path, 404))

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handle)
        runner = web.AppRunner(app)
        runners.append(runner)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    yield start
    for runner in runners:
        await runner.cleanup()


class Pods:
    """The web as the operator sees it, with pods' addresses led to the servers of a test."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self.servers: dict[str, str] = {}

    async def ask(self, url: str, *, body: bytes | None = None) -> tuple[int, str]:
        scheme, _, rest = url.partition("://")
        place, slash, path = rest.partition("/")
        return await self._http.ask(
            self.servers.get(place, f"{scheme}://{place}") + slash + path, body=body
        )


@pytest.fixture
async def web_of_pods() -> AsyncIterator[Pods]:
    async with aiohttp.ClientSession() as session:
        yield Pods(Http(session))
