"""The server of HTTP/1.1."""

from __future__ import annotations

from modelserver_runtime.servers.http.connection import Connection, Limits
from modelserver_runtime.servers.http.messages import Handler
from modelserver_runtime.servers.listener import LINGER_SECONDS, QUIET_SECONDS, Listener


class HttpServer(Listener[Connection]):
    """Serves one handler on one address. Once it drains, each connection's next answer is its last.

    The listening and the draining are the listener's.
    """

    def __init__(
        self, handler: Handler, address: str, port: int, limits: Limits | None = None
    ) -> None:
        super().__init__(address, port)
        self._handler = handler
        self._limits = limits or Limits()

    def _connection(self) -> Connection:
        return Connection(self._handler, self._limits, self._opened, self._closed)

    def _opened(self, connection: Connection) -> None:
        super()._opened(connection)
        if self._is_draining:
            connection.finish()

    def _look_at(self, connection: Connection, now: float) -> None:
        if connection.quiet_seconds(now) > self._patience(connection):
            connection.close()
        elif connection.age(now) > self._limits.age:
            connection.finish()

    def _patience(self, connection: Connection) -> float:
        if self._is_draining and connection.is_between_requests:
            return LINGER_SECONDS
        return QUIET_SECONDS
