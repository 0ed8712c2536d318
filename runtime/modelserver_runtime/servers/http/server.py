"""The listening side: connections come, idle ones go, and a drain loses none in use."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from time import monotonic
from typing import Final

from modelserver_runtime.servers.http.connection import Connection, Limits
from modelserver_runtime.servers.http.messages import Handler

QUIET_SECONDS: Final = 300.0  # after which a connection that says nothing is closed
LINGER_SECONDS: Final = 1.0  # likewise between two requests, while the server drains
_BACKLOG: Final = 1024
_SWEEP_SECONDS: Final = 0.1


class HttpServer:
    """Serves one handler on one address."""

    def __init__(
        self, handler: Handler, address: str, port: int, limits: Limits | None = None
    ) -> None:
        self._handler = handler
        self._address = address
        self._port = port
        self._limits = limits or Limits()
        self._connections: set[Connection] = set()
        self._server: asyncio.Server | None = None
        self._sweeper: asyncio.Task[None] | None = None
        self._is_draining = False
        self._empty = asyncio.Event()

    async def start(self) -> None:
        """Listen. Raises OSError where the address is taken."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            self._connection, self._address, self._port, backlog=_BACKLOG
        )
        self._sweeper = loop.create_task(self._sweep())

    async def drain(self, grace: float) -> None:
        """Stop, losing no request: each connection ends with the answer to its next one.

        The listener stays open until the end: closing it first would reset the connections that
        wait in its queue. A connection on which nothing comes for a second is closed.

        Args:
            grace: seconds after which what is left is cut.
        """
        self._is_draining = True
        for connection in self._connections:
            connection.finish()
        if not self._connections:
            self._empty.set()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._empty.wait(), grace)
        self._stop()

    def _stop(self) -> None:
        if self._sweeper is not None:
            self._sweeper.cancel()
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.close()

    def _connection(self) -> Connection:
        return Connection(self._handler, self._limits, self._opened, self._closed)

    def _opened(self, connection: Connection) -> None:
        self._connections.add(connection)
        if self._is_draining:
            connection.finish()

    def _closed(self, connection: Connection) -> None:
        self._connections.discard(connection)
        if self._is_draining and not self._connections:
            self._empty.set()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_SECONDS if self._is_draining else 1.0)
            now = monotonic()
            for connection in list(self._connections):
                if connection.quiet_seconds(now) > self._patience(connection):
                    connection.close()
                elif connection.age(now) > self._limits.age:
                    connection.finish()

    def _patience(self, connection: Connection) -> float:
        if self._is_draining and connection.is_between_requests:
            return LINGER_SECONDS
        return QUIET_SECONDS
