"""Closed-loop load: each of N clients sends its next request when the last one is answered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from time import perf_counter

import grpc.aio
import numpy as np
import tritonclient.grpc as triton_grpc
from tritonclient.grpc import service_pb2
from tritonclient.utils import np_to_triton_dtype

Ask = Callable[[], Awaitable[None]]


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
    """One keep-alive connection that always sends the same bytes."""

    def __init__(self, port: int, path: str, body: bytes) -> None:
        self._port = port
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
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


class GrpcClient:
    """A stream of calls that share one connection with the other clients', as gRPC means it.

    What it sends is serialized beforehand.
    """

    def __init__(self, port: int, request: bytes) -> None:
        self._channel = grpc.aio.insecure_channel(f"127.0.0.1:{port}")
        self._call = self._channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")
        self._request = request

    async def __aenter__(self) -> Ask:
        await self._channel.channel_ready()
        return self.ask

    async def __aexit__(self, *_: object) -> None:
        await self._channel.close()

    async def ask(self) -> None:
        await self._call(self._request)


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


async def measure(
    make_client: Callable[[], RestClient | GrpcClient], concurrency: int, seconds: float
) -> Load:
    """Connect, load, disconnect."""
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(make_client()) for _ in range(concurrency)]
        return await run(clients, seconds)
