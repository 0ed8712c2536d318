"""The server of HTTP/2."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from random import uniform
from typing import Final

from modelserver_runtime.servers.http2.connection import Connection
from modelserver_runtime.servers.http2.head import Head
from modelserver_runtime.servers.http2.requests import Route
from modelserver_runtime.servers.listener import LINGER_SECONDS, QUIET_SECONDS, Listener

_GREETING_SECONDS: Final = 20.0  # for a client to say that it speaks HTTP/2
_FAREWELL_SECONDS: Final = 20.0  # for a client to answer when told to go


class Http2Server(Listener[Connection]):
    """Serves requests on one address. The listening and the draining are the listener's.

    Args:
        route: says what becomes of a request.
        age: seconds after which a client is told to finish its requests and to connect anew, a
            tenth more or less so that clients don't all come at once.
    """

    def __init__(self, route: Callable[[Head], Route], address: str, port: int, age: float) -> None:
        super().__init__(address, port)
        self._route = route
        self._age = age

    def _connection(self) -> Connection:
        age = self._age * uniform(0.9, 1.1)  # noqa: S311 - no secret
        return Connection(self._route, age, self._opened, self._closed)

    def _look_at(self, connection: Connection, now: float) -> None:
        quiet = connection.quiet_seconds(now)
        if quiet > self._patience(connection):
            connection.close()
        elif self._is_draining:
            if (connection.has_served and now > self._sent_off) or quiet > LINGER_SECONDS:
                connection.finish()
        elif connection.is_of_age(now) or quiet > QUIET_SECONDS:
            connection.finish()

    def _patience(self, connection: Connection) -> float:
        """Seconds of silence after which a connection is cut."""
        if connection.is_over:
            return LINGER_SECONDS if connection.is_flushed else _FAREWELL_SECONDS
        if not connection.has_greeted:
            return LINGER_SECONDS if self._is_draining else _GREETING_SECONDS
        return _FAREWELL_SECONDS if connection.is_finishing else inf
