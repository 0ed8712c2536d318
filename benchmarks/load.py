"""Closed-loop load: each of N clients sends its next request when the last one is answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from time import perf_counter

import numpy as np
import tritonclient.grpc as triton_grpc
from http2 import Connection
from tritonclient.grpc import service_pb2
from tritonclient.utils import np_to_triton_dtype

Ask = Callable[[], Awaitable[None]]
Clients = Callable[..., AbstractAsyncContextManager[list[Ask]]]
"""Makes so many clients (``count``), connected while its block lasts."""


@dataclass(frozen=True)
class Load:
    """What a run did: requests answered, in how many seconds, and how long each took."""

    requests: int
    seconds: float
    latencies: tuple[float, ...]

    @property
    def rate(self) -> float:
        return self.requests / self.seconds

    def quantile(self, share: float) -> float:
        return float(np.quantile(self.latencies, share))


async def run(clients: list[Ask], seconds: float) -> Load:
    """Let every client ask again and again for this long."""
    latencies: list[float] = []
    started = perf_counter()

    async def repeat(ask: Ask) -> None:
        while (now := perf_counter()) < started + seconds:
            await ask()
            latencies.append(perf_counter() - now)

    await asyncio.gather(*map(repeat, clients))
    return Load(len(latencies), perf_counter() - started, tuple(latencies))


class RestClient:
    """One keep-alive connection that always sends the same bytes.

    ``json_length`` is how many of them are JSON, where tensors follow it as raw bytes.
    """

    def __init__(self, port: int, path: str, body: bytes, json_length: int | None = None) -> None:
        self._port = port
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        if json_length is not None:
            head += f"Inference-Header-Content-Length: {json_length}\r\n"
        self._request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body

    async def __aenter__(self) -> Ask:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self.ask

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()

    async def ask(self) -> None:
        self._writer.write(self._request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        if not head.startswith(b"http/1.1 200"):
            raise RuntimeError(head.decode())
        length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        await self._reader.readexactly(length)


@asynccontextmanager
async def rest_clients(
    port: int, path: str, body: bytes, json_length: int | None = None, *, count: int
) -> AsyncIterator[list[Ask]]:
    """Clients with a connection each."""
    async with AsyncExitStack() as stack:
        clients = [RestClient(port, path, body, json_length) for _ in range(count)]
        yield [await stack.enter_async_context(client) for client in clients]


@asynccontextmanager
async def grpc_clients(port: int, request: bytes, *, count: int) -> AsyncIterator[list[Ask]]:
    """Clients that share one connection, as gRPC means it. They send ``request``, serialized."""
    loop = asyncio.get_running_loop()
    open_connection = partial(Connection, "/inference.GRPCInferenceService/ModelInfer", request)
    _, connection = await loop.create_connection(open_connection, "127.0.0.1", port)
    yield [connection.call] * count
    connection.close()


def grpc_request(model: str, inputs: dict[str, np.ndarray]) -> bytes:
    """A serialized ModelInferRequest with raw contents, as tritonclient makes it."""
    message = service_pb2.ModelInferRequest(model_name=model)
    for name, array in inputs.items():
        datatype = np_to_triton_dtype(array.dtype)
        tensor = triton_grpc.InferInput(name, list(array.shape), datatype)
        tensor.set_data_from_numpy(array)
        message.inputs.append(tensor._get_tensor())
        message.raw_input_contents.append(tensor._get_content())
    return message.SerializeToString()


async def measure(clients: Clients, concurrency: int, seconds: float) -> Load:
    """Connect, load, disconnect."""
    async with clients(count=concurrency) as asks:
        return await run(asks, seconds)
