"""gRPC's health checks: of the server, of its services, and of every model by its name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import suppress
from typing import Final

from modelserver_runtime.dataplane import Dataplane
from modelserver_runtime.errors import ModelNotFound, ServiceNotFound
from modelserver_runtime.protocols.proto import grpc_health_pb2 as pb

_LOOK_SECONDS: Final = 1.0  # how soon a watcher hears of a change

_Status = pb.HealthCheckResponse


class HealthApi:
    """Answers health checks.

    Args:
        services: the gRPC services, which are as ready as the server is.
        ending: set once nobody is to watch any more.
    """

    def __init__(
        self, dataplane: Dataplane, services: Collection[str], ending: asyncio.Event
    ) -> None:
        self._dataplane = dataplane
        self._services = frozenset(services) | {""}
        self._ending = ending

    async def check(self, request: pb.HealthCheckRequest) -> pb.HealthCheckResponse:
        """The status now. Raises ServiceNotFound where nothing has that name."""
        try:
            is_serving = self._is_serving(request.service)
        except ModelNotFound:
            raise ServiceNotFound(request.service) from None
        return _Status(status=_Status.SERVING if is_serving else _Status.NOT_SERVING)

    async def watch(self, request: pb.HealthCheckRequest) -> AsyncIterator[pb.HealthCheckResponse]:
        """The status now, and again whenever it changes."""
        said = None
        while not self._ending.is_set():
            try:
                status = await self.check(request)
            except ServiceNotFound:
                status = _Status(status=_Status.SERVICE_UNKNOWN)
            if status != said:
                yield status
                said = status
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), _LOOK_SECONDS)

    def _is_serving(self, service: str) -> bool:
        if service in self._services:
            return self._dataplane.server_ready
        return self._dataplane.has_live_version(service)
