"""The listening side: connections come, old and idle ones go, and a drain loses nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from math import inf
from random import uniform
from time import monotonic
from typing import Final

from modelserver_runtime.servers.http2.connection import Connection, Route
from modelserver_runtime.servers.http2.head import Head

_BACKLOG: Final = 1024
_SWEEP_SECONDS: Final = 1.0
_DRAINING_SWEEP_SECONDS: Final = 0.1
_GREETING_SECONDS: Final = 20.0  # for a client to say that it speaks HTTP/2
_QUIET_SECONDS: Final = 300.0  # after which a connection that says nothing is ended
_LINGER_SECONDS: Final = 1.0  # likewise while the server drains
_FAREWELL_SECONDS: Final = 20.0  # for a client to answer when told to go


class Http2Server:
    """Serves requests on one address.

    Args:
        route: says what becomes of a request.
        age: seconds after which a client is told to finish its requests and to connect anew,
            somewhat more or less so that clients don't all come at once.
    """

    def __init__(self, route: Callable[[Head], Route], address: str, port: int, age: float) -> None:
        self._route = route
        self._address = address
        self._port = port
        self._age = age
        self._connections: dict[Connection, float] = {}  # and when each is of age
        self._server: asyncio.Server | None = None
        self._sweeper: asyncio.Task[None] | None = None
        self._is_draining = False
        self._empty = asyncio.Event()

    @property
    def port(self) -> int:
        """Where it listens; the one that the system chose, if it was told to (port 0)."""
        return self._port

    async def start(self) -> None:
        """Listen. Raises OSError where the address is taken or not this machine's."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            self._connection, self._address, self._port, backlog=_BACKLOG
        )
        self._port = self._server.sockets[0].getsockname()[1]
        self._sweeper = loop.create_task(self._sweep())

    async def drain(self, grace: float) -> None:
        """Stop, losing no request: clients are told to go, and what they have sent is answered.

        The listener stays open until the end: closing it first would reset the connections that
        wait in its queue. Those that still come are told to go after their first request.

        Args:
            grace: seconds after which what is left is cut.
        """
        self._is_draining = True
        for connection in list(self._connections):
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
        return Connection(self._route, self._opened, self._closed)

    def _opened(self, connection: Connection) -> None:
        self._connections[connection] = self._age * uniform(0.9, 1.1)  # noqa: S311 - no secret

    def _closed(self, connection: Connection) -> None:
        self._connections.pop(connection, None)
        if self._is_draining and not self._connections:
            self._empty.set()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_DRAINING_SWEEP_SECONDS if self._is_draining else _SWEEP_SECONDS)
            now = monotonic()
            for connection, age in list(self._connections.items()):
                self._look_at(connection, age, now)

    def _look_at(self, connection: Connection, age: float, now: float) -> None:
        quiet = connection.quiet_seconds(now)
        if quiet > self._patience(connection):
            connection.close()
        elif self._is_draining:
            if connection.is_used or quiet > _LINGER_SECONDS:
                connection.finish()
        elif connection.age(now) > age or quiet > _QUIET_SECONDS:
            connection.finish()

    def _patience(self, connection: Connection) -> float:
        """Seconds of silence after which a connection is cut."""
        if connection.is_over:
            return _LINGER_SECONDS if connection.is_flushed else _FAREWELL_SECONDS
        if not connection.has_greeted:
            return _LINGER_SECONDS if self._is_draining else _GREETING_SECONDS
        return _FAREWELL_SECONDS if connection.is_finishing else inf
