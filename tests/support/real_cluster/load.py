"""Requests to a service in the cluster, counted one by one, from a thread beside the test."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol, Self

import aiohttp
import numpy as np
from tritonclient.grpc import InferInput as GrpcInput
from tritonclient.grpc.aio import InferenceServerClient as GrpcServer
from tritonclient.http import InferenceServerClient as RestBody
from tritonclient.http import InferInput as RestInput

from control_plane import Kubectl

IMAGE = np.full((1, 48, 640, 3), 127, np.uint8)
_PATIENCE = 30.0
_PAUSE = 0.2  # before what failed is asked again


class Client(Protocol):
    """One connection to the service."""

    async def ask(self) -> None:
        """One inference. Raises what went wrong."""
        ...

    async def close(self) -> None: ...


def rest_request() -> tuple[bytes, dict[str, str]]:
    """The body of an inference, the tensor as binary data, and the headers it needs."""
    tensor = RestInput("image", IMAGE.shape, "UINT8")
    tensor.set_data_from_numpy(IMAGE)
    body, json_length = RestBody.generate_request_body([tensor])
    return body, {"Inference-Header-Content-Length": str(json_length)}


class RestClient:
    """KServe over REST, the tensor as binary data."""

    def __init__(self, address: str, port: int, model: str) -> None:
        self._body, headers = rest_request()
        self._url = f"http://{address}:{port}/v2/models/{model}/infer"
        timeout = aiohttp.ClientTimeout(_PATIENCE)
        self._session = aiohttp.ClientSession(timeout=timeout, headers=headers)

    async def ask(self) -> None:
        async with self._session.post(self._url, data=self._body) as answer:
            answer.raise_for_status()
            await answer.read()

    async def close(self) -> None:
        await self._session.close()


class GrpcClient:
    """KServe over gRPC, on a connection of its own."""

    def __init__(self, address: str, port: int, model: str) -> None:
        self._model = model
        self._input = GrpcInput("image", IMAGE.shape, "UINT8")
        self._input.set_data_from_numpy(IMAGE)
        own = [("grpc.use_local_subchannel_pool", 1)]
        self._server = GrpcServer(f"{address}:{port}", channel_args=own)

    async def ask(self) -> None:
        await self._server.infer(self._model, [self._input], client_timeout=_PATIENCE)

    async def close(self) -> None:
        await self._server.close()


@dataclass(slots=True)
class Load:
    """Load on a Service while its block lasts.

    Attributes:
        connections: how many there are; each asks again when it is answered.
        rate: requests per second of all together, whatever the answers do; None asks at once.
        retries: how often a request is asked again before it counts as failed.
        failures: of each request that failed, when that was and why.
        retried: likewise of each failure after which it was asked again.
        latencies: of each that was answered, when it was due and the seconds from then on.
    """

    kubectl: Kubectl
    service: str
    model: str
    connections: int
    rate: float | None = None
    grpc: bool = False
    retries: int = 0
    failures: list[str] = field(default_factory=list)
    retried: list[str] = field(default_factory=list)
    latencies: list[tuple[float, float]] = field(default_factory=list)
    _ended: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    @property
    def answered(self) -> int:
        """How many requests were."""
        return len(self.latencies)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, and wait for the answers to what was asked."""
        self._ended.set()
        assert self._thread is not None
        self._thread.join()

    async def _run(self) -> None:
        spec = self.kubectl.get("service", self.service)["spec"]
        ports = {port["name"]: port["port"] for port in spec["ports"]}
        kind, name = (GrpcClient, "grpc") if self.grpc else (RestClient, "rest")
        await _reached(spec["clusterIP"], ports[name])
        clients = [
            kind(spec["clusterIP"], ports[name], self.model) for _ in range(self.connections)
        ]
        try:
            await asyncio.gather(*(self._repeat(each, i) for i, each in enumerate(clients)))
        finally:
            await asyncio.gather(*(each.close() for each in clients))

    async def _repeat(self, client: Client, number: int) -> None:
        """Ask until the end; at a rate, from the moment on at which it should have been asked."""
        pause = self.connections / self.rate if self.rate else 0.0
        due = time.monotonic() + pause * number / self.connections
        while not self._ended.is_set():
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            await self._ask(client, due if self.rate else time.monotonic())
            due += pause

    async def _ask(self, client: Client, due: float) -> None:
        for left in range(self.retries, -1, -1):
            try:
                await client.ask()
            except Exception as error:  # noqa: BLE001 - whatever it is, the request has failed
                told = self.retried if left else self.failures
                told.append(f"{time.monotonic():.2f} {error!r}")
                await asyncio.sleep(_PAUSE)
            else:
                self.latencies.append((due, time.monotonic() - due))
                return


async def _reached(address: str, port: int) -> None:
    """Wait until a Service leads to a pod: kube-proxy knows it a moment after the pod is ready."""
    async with asyncio.timeout(_PATIENCE):
        while True:
            with suppress(OSError):
                _, writer = await asyncio.open_connection(address, port)
                writer.close()
                return
            await asyncio.sleep(0.05)
