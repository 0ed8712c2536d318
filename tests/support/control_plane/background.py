"""An aiohttp server on loopback, in a thread of its own beside a test that isn't asynchronous."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from typing import Any, Self

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class BackgroundServer:
    """One handler for every path; what it needs is opened and closed on its own loop.

    Attributes:
        port: Where it listens, once it runs.
        stack: Closed when the server ends, on its loop.
    """

    def __init__(
        self,
        handler: Handler,
        tls: ssl.SSLContext | None = None,
        *,
        hosts: Sequence[str] = ("127.0.0.1",),
        port: int = 0,
    ) -> None:
        self.port = port
        self._hosts = hosts
        self.stack = AsyncExitStack()
        self._handler = handler
        self._tls = tls
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something on the server's loop, and return when it is done."""
        asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def __enter__(self) -> Self:
        """Start to listen."""
        self._thread.start()
        self.run(self._open())
        return self

    def __exit__(self, *_: object) -> None:
        """Close every connection."""
        self.run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _open(self) -> None:
        application = web.Application(client_max_size=2**24)
        application.router.add_route("*", "/{path:.*}", self._handler)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        self.stack.push_async_callback(runner.cleanup)
        for host in self._hosts:
            await web.TCPSite(runner, host, self.port, ssl_context=self._tls).start()
        self.port = runner.addresses[0][1]

    async def _close(self) -> None:
        await self.stack.aclose()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await asyncio.sleep(0.1)  # TLS says good-bye after aiohttp has closed
