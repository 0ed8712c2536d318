"""The listening side of both protocols: connections come and go, and a drain loses none in use."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from math import inf
from time import monotonic
from typing import Final, Generic, Protocol, TypeVar

QUIET_SECONDS: Final = 300.0  # after which a connection that says nothing is closed
LINGER_SECONDS: Final = 1.0  # likewise between two requests, while the server drains
SEND_OFF_SECONDS: Final = 1.0  # in which all clients of a server that drains are told to go
_BACKLOG: Final = 1024
_SWEEP_SECONDS: Final = 1.0
_DRAINING_SWEEP_SECONDS: Final = 0.1


class Guest(Protocol):
    """What is asked of a connection."""

    def finish(self) -> None:
        """Send the client elsewhere, and close when it has got its answers."""

    def close(self) -> None:
        """Close now."""


C = TypeVar("C", bound=Guest)


class Listener(ABC, Generic[C]):
    """Keeps the connections to one address."""

    def __init__(self, address: str, port: int) -> None:
        self._address = address
        self._port = port
        self._connections: set[C] = set()
        self._server: asyncio.Server | None = None
        self._sweeper: asyncio.Task[None] | None = None
        self._is_draining = False
        self._sent_off = inf  # when all are told that were here when the drain began
        self._last_closed = -inf

    @abstractmethod
    def _connection(self) -> asyncio.BaseProtocol:
        """The protocol of a new connection, which tells of its beginning and its end."""

    @abstractmethod
    def _look_at(self, connection: C, now: float) -> None:
        """End a connection that has been there, or silent, for too long."""

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
        """Stop, losing no request: clients are sent elsewhere, and what they have sent is answered.

        The listener stays open until no client has been here for a second: closing it first would
        reset the connections that wait in its queue, and refuse those of clients that have not yet
        heard where else to go.

        Args:
            grace: seconds after which what is left is cut.
        """
        self._is_draining = True
        self._send_off()
        await self._clients_gone(monotonic() + grace)
        if self._sweeper is not None:
            self._sweeper.cancel()
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.close()
        await asyncio.sleep(0)  # for the loop to do so

    def _send_off(self) -> None:
        """Send clients elsewhere one after the other: coming all at once they'd hold up others."""
        loop = asyncio.get_running_loop()
        for place, connection in enumerate(self._connections):
            loop.call_later(SEND_OFF_SECONDS * place / len(self._connections), connection.finish)
        self._sent_off = monotonic() + SEND_OFF_SECONDS

    async def _clients_gone(self, deadline: float) -> None:
        while self._connections or monotonic() - self._last_closed < LINGER_SECONDS:
            if monotonic() > deadline:
                return
            await asyncio.sleep(_DRAINING_SWEEP_SECONDS)

    def _opened(self, connection: C) -> None:
        self._connections.add(connection)

    def _closed(self, connection: C) -> None:
        self._connections.discard(connection)
        self._last_closed = monotonic()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_DRAINING_SWEEP_SECONDS if self._is_draining else _SWEEP_SECONDS)
            now = monotonic()
            for connection in list(self._connections):
                self._look_at(connection, now)
