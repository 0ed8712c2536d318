"""The Service of a played ModelServer: a TCP port that its ready replicas answer.

Like kube-proxy it deals in connections and never looks inside them, so HTTP/1.1, gRPC and anything
else pass alike. A new connection goes to the ready replica with the fewest open ones. Replicas that
leave get no new connections from that moment on, while those they have live until either end
closes them: a draining server asks its clients to go (`Connection: close`, GOAWAY) and loses
nothing.

When no replica is ready Kubernetes refuses the connection; here it is held for a moment instead,
since "it has just been started" is the usual reason on one's own machine.
"""

import asyncio
import contextlib
import functools
import weakref
from collections.abc import Iterable
from dataclasses import dataclass

from modelserver_operator.local.network.splice import Unread, splice

_HOLD_SECONDS = 5.0
_RETRY_SECONDS = 0.05
_BACKLOG = 1024


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where one replica answers one port of the Service."""

    host: str
    port: int


class Balancer:
    """Listens on one port and passes each connection on to a ready replica."""

    def __init__(self, host: str, port: int, *, hold_seconds: float = _HOLD_SECONDS) -> None:
        self._host = host
        self._port = port
        self._hold_seconds = hold_seconds
        self._endpoints: tuple[Endpoint, ...] = ()
        self._open: dict[Endpoint, set[object]] = {}
        self._clients: weakref.WeakSet[asyncio.Transport] = weakref.WeakSet()
        self._connecting: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        self._server = await asyncio.get_running_loop().create_server(
            lambda: Unread(self._welcome), self._host, self._port, backlog=_BACKLOG
        )

    def serve(self, endpoints: Iterable[Endpoint]) -> None:
        """From now on new connections go to these; open ones stay where they are."""
        self._endpoints = tuple(endpoints)
        busy = {endpoint: held for endpoint, held in self._open.items() if held}
        self._open = {endpoint: set[object]() for endpoint in self._endpoints} | busy

    def open_connections(self, endpoint: Endpoint) -> int:
        """How many connections the endpoint has now."""
        return len(self._open.get(endpoint, ()))

    def retire(self) -> None:
        """Take no new connections; open ones live on."""
        if self._server is not None:
            self._server.close()

    async def close(self) -> None:
        """Take no new connections, and break open ones."""
        self.retire()
        for task in self._connecting:
            task.cancel()
        await asyncio.gather(*self._connecting, return_exceptions=True)
        for client in list(self._clients):
            client.abort()

    def _welcome(self, client: asyncio.Transport) -> None:
        self._clients.add(client)
        task = asyncio.create_task(self._connect(client))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    async def _connect(self, client: asyncio.Transport) -> None:
        """Find the client a replica, waiting a while for one; else close the connection."""
        try:
            async with asyncio.timeout(self._hold_seconds):
                while not await self._offer(client):  # noqa: ASYNC110 - replicas send no news
                    await asyncio.sleep(_RETRY_SECONDS)
        except TimeoutError:
            client.close()

    async def _offer(self, client: asyncio.Transport) -> bool:
        """Try each ready replica, the least busy first; whether one took the client."""
        for endpoint in sorted(self._endpoints, key=self.open_connections):
            if await self._hand_over(client, endpoint):
                return True
        return False

    async def _hand_over(self, client: asyncio.Transport, endpoint: Endpoint) -> bool:
        connections, connection = self._open[endpoint], object()
        connections.add(connection)  # before the replica is reached, so that a burst spreads
        release = functools.partial(connections.discard, connection)
        with contextlib.ExitStack() as undo:
            undo.callback(release)
            try:
                await splice(client, endpoint.host, endpoint.port, lost=release)
            except OSError:
                return False
            undo.pop_all()
        return True
