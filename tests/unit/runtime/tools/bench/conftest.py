"""Samples with known times, and an HTTP server that answers after a known one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

import pytest

from modelserver_runtime.tools.bench.options import (
    ApiName,
    DataOptions,
    LoadOptions,
    Options,
    ReportOptions,
    Target,
)
from modelserver_runtime.tools.bench.samples import Run, Sample

MakeSample = Callable[..., Sample]
MakeRun = Callable[..., Run]


@pytest.fixture
def sample() -> MakeSample:
    """Makes a request that was answered at ``done`` after ``latency``, both in seconds."""

    def make(
        done: float, latency: float, *, client: int = 0, frames: int = 1, error: str | None = None
    ) -> Sample:
        begun = done - latency
        return Sample(client, begun, begun, done, frames, error)

    return make


@pytest.fixture
def run() -> MakeRun:
    """Makes a run that starts at 0."""

    def make(*samples: Sample, cpu_seconds: float = 0.0) -> Run:
        return Run(0.0, list(samples), cpu_seconds)

    return make


@pytest.fixture
def options() -> Options:
    """Ask ``tiny`` over REST twice, on one connection."""
    return Options(
        Target("127.0.0.1", None, 0, "tiny", None, timeout=5.0),
        ApiName.REST,
        DataOptions(),
        LoadOptions(concurrency=1, steps=2),
        ReportOptions("worker"),
    )


Respond = Callable[[bytes], Awaitable[bytes]]


@dataclass
class StubServer:
    """Answers each request, on any connection, with what ``respond`` makes of its head."""

    respond: Respond
    port: int = 0
    connections: int = 0
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    bodies: list[bytes] = field(default_factory=list)

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.tasks.add(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await self._head(reader):
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            self.bodies.append(await reader.readexactly(length))
            response = await self.respond(head)
            writer.write(response)
            if not response or b"connection: close" in response.lower():
                break
        writer.close()
        await writer.wait_closed()

    async def _head(self, reader: asyncio.StreamReader) -> bytes:
        try:
            return await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return b""


StartStub = Callable[[Respond], AbstractAsyncContextManager[StubServer]]


@pytest.fixture
def stub_server() -> StartStub:
    """Runs a StubServer on a free port for the length of an ``async with``."""

    @asynccontextmanager
    async def start(respond: Respond) -> AsyncIterator[StubServer]:
        stub = StubServer(respond)
        server = await asyncio.start_server(stub.accept, "127.0.0.1", 0)
        stub.port = server.sockets[0].getsockname()[1]
        try:
            yield stub
        finally:
            server.close()
            await asyncio.gather(*stub.tasks, return_exceptions=True)

    return start
