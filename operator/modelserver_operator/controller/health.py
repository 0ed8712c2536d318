"""What the operator answers over HTTP: is it alive, is it ready, how is it doing."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Question = Callable[[], str]
"""What is wrong, in a line; empty where nothing is."""


@asynccontextmanager
async def serving(
    port: int, alive: Question, ready: Question, metrics: Callable[[], bytes]
) -> AsyncIterator[None]:
    """Answer on a port, for as long as the context lasts.

    Raises:
        OSError: the port is taken.
    """
    application = web.Application()
    application.router.add_get("/healthz", _answers(alive))
    application.router.add_get("/readyz", _answers(ready))
    application.router.add_get("/metrics", _figures(metrics))
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, port=port).start()
        yield
    finally:
        await runner.cleanup()


def _answers(question: Question) -> Handler:
    async def answer(_request: web.Request) -> web.Response:
        wrong = question()
        return web.Response(text=f"{wrong or 'ok'}\n", status=503 if wrong else 200)

    return answer


def _figures(metrics: Callable[[], bytes]) -> Handler:
    async def answer(_request: web.Request) -> web.Response:
        headers = {"Content-Type": CONTENT_TYPE_PLAIN_0_0_4}
        return web.Response(body=metrics(), headers=headers)

    return answer
