"""The listening side of gRPC, on grpc.aio: calls come, and a drain loses none."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Final

import grpc

from modelserver_runtime.administration import Administration
from modelserver_runtime.dataplane import Dataplane
from modelserver_runtime.servers.connections import is_connected
from modelserver_runtime.servers.grpc_handlers import Handlers, Traffic
from modelserver_runtime.servers.grpc_reflection import add_reflection
from modelserver_runtime.servers.grpc_services import services
from modelserver_runtime.settings import AGE_JITTER

_FAREWELL_SECONDS: Final = 1.0  # from a connection's age until its client has heard of it
_QUIET_SECONDS: Final = 3.0  # without a call, after which hardly any is under way
_LOOK_SECONDS: Final = 0.1
_MESSAGE_AT_MOST: Final = 1 << 30  # bytes


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
        self._dataplane = dataplane
        self._administration = administration
        self._address = address
        self._port = port
        self._connection_age = connection_age
        self._traffic = Traffic()
        self._ending = asyncio.Event()
        self._server: grpc.aio.Server | None = None

    @property
    def port(self) -> int:
        """Where it listens; the one that the system chose, if it was told to (port 0)."""
        return self._port

    async def start(self) -> None:
        """Listen. Raises OSError where the address is taken or not this machine's."""
        _check_free(self._address, self._port)
        with _yielding_threads():
            self._server = grpc.aio.server(options=_options(self._connection_age))
            self._port = self._listen(self._server)
            await self._server.start()

    def _listen(self, server: grpc.aio.Server) -> int:
        calls = services(self._dataplane, self._administration, self._ending)
        handlers = Handlers(self._traffic, self._ending)
        for service, named in calls.items():
            handled = {name: handlers.of(call) for name, call in named.items()}
            server.add_generic_rpc_handlers(
                [grpc.method_handlers_generic_handler(service, handled)]
            )
        add_reflection(server, calls)
        host = f"[{self._address}]" if ":" in self._address else self._address
        return server.add_insecure_port(f"{host}:{self._port}")

    async def drain(self, grace: float) -> None:
        """Stop, losing no request.

        grpc's own stop cancels the calls of clients that have not heard of it yet. So calls are
        answered until every connection has come of age and its client has gone elsewhere, or until
        nobody calls.

        Args:
            grace: seconds after which what is left is cut.
        """
        if self._server is None:
            return
        end = monotonic() + grace
        all_aged = monotonic() + self._connection_age * AGE_JITTER + _FAREWELL_SECONDS
        await self._clients_gone(min(end, all_aged))
        self._ending.set()
        await self._server.stop(max(0.0, end - monotonic()))

    async def _clients_gone(self, deadline: float) -> None:
        while self._traffic.quiet_seconds() < _QUIET_SECONDS and is_connected(self._port):
            if monotonic() > deadline:
                return
            await asyncio.sleep(_LOOK_SECONDS)


@contextmanager
def _yielding_threads() -> Iterator[None]:
    """Threads that start in here don't take the processor from a thread that runs.

    grpc's own wake several times a request, only to wake the loop's thread in turn. Where they
    share a core with that one they had better wait until the loop has nothing left to do: a request
    then costs up to a sixth less processor time. Threads inherit the policy of their starter.
    """
    before = os.sched_getscheduler(0)
    with suppress(OSError):  # a sandbox may refuse, and then it costs that time
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    try:
        yield
    finally:
        with suppress(OSError):
            os.sched_setscheduler(0, before, os.sched_param(0))


def _options(connection_age: float) -> list[tuple[str, int]]:
    return [
        ("grpc.so_reuseport", 0),  # a second server on the port has to fail, not share it silently
        ("grpc.max_receive_message_length", _MESSAGE_AT_MOST),
        ("grpc.max_send_message_length", -1),
        ("grpc.max_connection_age_ms", round(connection_age * 1000)),
    ]


def _check_free(address: str, port: int) -> None:
    """Bind for a moment: grpc's own failure comes without the reason, and with a log of its own."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, port), family=family):
        pass
