"""The Service of one ModelServer: a balancer for each of its ports."""

import contextlib
import os
from collections.abc import Iterable, Mapping

from modelserver_operator.local.errors import CannotPlayError
from modelserver_operator.local.network.balancer import Balancer, Endpoint
from modelserver_operator.local.pods.pod import HOST
from modelserver_operator.local.pods.replica import Replica

_Address = tuple[str, int]


class Service:
    """Listens on the Service's ports, called `grpc` and `rest`, and has ready replicas answer."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._addresses: Mapping[str, _Address] = {}
        self._balancers: dict[_Address, Balancer] = {}
        self._replicas: list[Replica] = []

    def url(self, port: str) -> str:
        """Where clients find a port: `http://host:port` for REST, `host:port` for gRPC."""
        host, number = self._addresses[port]
        return f"http://{host}:{number}" if port == "rest" else f"{host}:{number}"

    async def listen(self, host: str, ports: Mapping[str, int]) -> None:
        """Listen on these ports and no others; one that was open already stays untouched.

        Raises:
            CannotPlayError: a port is taken; everything stays as it was.
        """
        wanted = {name: (host, port) for name, port in ports.items()}
        async with contextlib.AsyncExitStack() as undo:
            fresh: dict[_Address, Balancer] = {}
            for name, address in wanted.items():
                if address not in self._balancers:
                    fresh[address] = await self._opened(name, address)
                    undo.push_async_callback(fresh[address].close)
            undo.pop_all()
        self._balancers |= fresh
        self._addresses = wanted
        for address in self._balancers.keys() - set(wanted.values()):
            await self._balancers.pop(address).close()
        self.serve(self._replicas)

    def serve(self, replicas: Iterable[Replica]) -> None:
        """From now on new connections go to these replicas."""
        self._replicas = list(replicas)
        for name, address in self._addresses.items():
            endpoints = [Endpoint(HOST, replica.ports[name]) for replica in self._replicas]
            self._balancers[address].serve(endpoints)

    def retire(self) -> None:
        """Take no new connections; open ones live on."""
        for balancer in self._balancers.values():
            balancer.retire()

    async def close(self) -> None:
        """Take no new connections, and break open ones."""
        for balancer in self._balancers.values():
            await balancer.close()

    async def _opened(self, name: str, address: _Address) -> Balancer:
        balancer = Balancer(*address)
        try:
            await balancer.start()
        except OSError as problem:
            host, port = address
            raise CannotPlayError(
                f"{self._server}: spec.service_parameters.{name}_port: cannot listen on"
                f" {host}:{port}, {_reason(problem)}; give a port that is free"
            ) from None
        return balancer


def _reason(problem: OSError) -> str:
    return os.strerror(problem.errno).lower() if problem.errno else str(problem)
