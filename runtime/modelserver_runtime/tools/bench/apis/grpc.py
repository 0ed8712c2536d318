"""What the two gRPC protocols share: a server's address, and calls whose messages are bytes."""

from __future__ import annotations

import asyncio
from typing import Final, TypeAlias

import grpc
import grpc.aio

from modelserver_runtime.settings import SettingsError
from modelserver_runtime.tools.bench.apis.port import AskFailed
from modelserver_runtime.tools.bench.connection import authority

_Call: TypeAlias = grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]

_OPTIONS: Final = (
    ("grpc.use_local_subchannel_pool", 1),  # channels to one address would share a connection
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
)


class GrpcServer:
    """The gRPC port of a server.

    Args:
        timeout: seconds that a call may take.
    """

    def __init__(self, address: str, port: int, timeout: float) -> None:
        self._host = authority(address, port)
        self._timeout = timeout

    async def call(self, method: str, request: bytes) -> bytes:
        """One call of a method such as ``/package.Service/Method``.

        Raises:
            SettingsError: the server refuses.
            OSError: the server can't be reached.
        """
        async with grpc.aio.insecure_channel(self._host, options=_OPTIONS) as channel:
            call: _Call = channel.unary_unary(method)
            try:
                return await call(request, timeout=self._timeout)
            except grpc.aio.AioRpcError as error:
                raise self._refusal(error) from error

    def client(self, method: str) -> GrpcClient:
        """A new connection for calls of a method, not yet open."""
        return GrpcClient(self._host, method, self._timeout)

    def _refusal(self, error: grpc.aio.AioRpcError) -> Exception:
        if error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
            return ConnectionError(f"{self._host}: {error.details()}")
        return SettingsError(f"{self._host} answers {explain(error)}")


class GrpcClient:
    """Calls one method over a connection of its own."""

    def __init__(self, host: str, method: str, timeout: float) -> None:
        self._channel = grpc.aio.insecure_channel(host, options=_OPTIONS)
        self._call: _Call = self._channel.unary_unary(method)
        self._timeout = timeout

    async def open(self) -> None:
        async with asyncio.timeout(self._timeout):
            await self._channel.channel_ready()

    async def ask(self, request: bytes) -> None:
        try:
            await self._call(request, timeout=self._timeout)
        except grpc.aio.AioRpcError as error:
            raise AskFailed(explain(error)) from error

    async def close(self) -> None:
        await self._channel.close()


def explain(error: grpc.aio.AioRpcError) -> str:
    """An error's status and words."""
    return f"{error.code().name}: {error.details()}"
