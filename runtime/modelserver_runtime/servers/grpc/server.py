"""The server that speaks gRPC."""

from __future__ import annotations

import asyncio

from modelserver_runtime.administration import Administration
from modelserver_runtime.dataplane import Dataplane
from modelserver_runtime.servers.grpc.calls import begins
from modelserver_runtime.servers.grpc.routes import Router
from modelserver_runtime.servers.grpc.services import services
from modelserver_runtime.servers.http2 import Http2Server


class GrpcServer:
    """Serves the models of one dataplane on one address.

    Args:
        connection_age: seconds after which a connection is told to finish its calls and come anew.
        administration: answers for the model repository; None leaves those calls unimplemented.
    """

    def __init__(
        self,
        dataplane: Dataplane,
        address: str,
        port: int,
        connection_age: float,
        administration: Administration | None = None,
    ) -> None:
        self._ending = asyncio.Event()
        calls = {
            f"/{service}/{name}".encode(): begins(call, self._ending)
            for service, named in services(dataplane, administration, self._ending).items()
            for name, call in named.items()
        }
        self._server = Http2Server(Router(calls).route, address, port, connection_age)

    @property
    def port(self) -> int:
        """Where it listens; the one that the system chose, if it was told to (port 0)."""
        return self._server.port

    async def start(self) -> None:
        """Listen. Raises OSError where the address is taken or not this machine's."""
        await self._server.start()

    async def drain(self, grace: float) -> None:
        """Stop, losing no request: clients are told to go, and what they have sent is answered.

        Args:
            grace: seconds after which what is left is cut.
        """
        self._ending.set()
        await self._server.drain(grace)
