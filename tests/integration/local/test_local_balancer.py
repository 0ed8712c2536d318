"""The balancer, between real sockets."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from modelserver_operator.local.network.balancer import Balancer, Endpoint

HOST = "127.0.0.1"
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def backend(handler: Handler) -> AsyncIterator[Endpoint]:
    """A server that handles each connection so."""
    writers: list[asyncio.StreamWriter] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        with contextlib.suppress(ConnectionError):
            await handler(reader, writer)

    async with await asyncio.start_server(handle, HOST, 0) as server:
        yield Endpoint(HOST, server.sockets[0].getsockname()[1])
    for writer in writers:
        await ended(writer)


async def ended(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


@asynccontextmanager
async def balancing(*endpoints: Endpoint, hold: float = 5.0) -> AsyncIterator[tuple[Balancer, int]]:
    """A balancer for these endpoints, and the port that it listens on."""
    port = free_port()
    balancer = Balancer(HOST, port, hold_seconds=hold)
    await balancer.start()
    balancer.serve(endpoints)
    try:
        yield balancer, port
    finally:
        await balancer.close()


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Streams]:
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        yield reader, writer
    finally:
        await ended(writer)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def echo(name: bytes = b"") -> Handler:
    """Answers each line with the server's name and that line, until the client has ended."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(name + line)
            await writer.drain()
        writer.close()

    return handle


async def ask(streams: Streams, line: bytes = b"\n") -> bytes:
    reader, writer = streams
    writer.write(line)
    return await reader.readline()


async def test_bytes_pass_both_ways() -> None:
    async with backend(echo()) as there, balancing(there) as (_, port), connected(port) as client:
        assert await ask(client, b"hello\n") == b"hello\n"


async def test_a_client_that_ends_its_side_still_gets_the_answer() -> None:
    async def answer_at_the_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"got " + await reader.read())
        writer.close()

    async with (
        backend(answer_at_the_end) as there,
        balancing(there) as (_, port),
        connected(port) as (reader, writer),
    ):
        writer.write(b"everything")
        writer.write_eof()
        assert await reader.read() == b"got everything"


async def test_a_server_that_speaks_first_is_heard() -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"welcome\n")
        writer.close()

    async with backend(greet) as there, balancing(there) as (_, port), connected(port) as client:
        assert await client[0].readline() == b"welcome\n"


async def test_a_slow_reader_holds_the_sender_back_instead_of_filling_memory() -> None:
    size = 64 * 2**20
    sent = 0

    async def flood(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        for _ in range(size // 2**16):
            writer.write(bytes(2**16))
            await writer.drain()
            sent += 2**16
        writer.close()

    async with backend(flood) as there, balancing(there) as (_, port), connected(port) as client:
        await asyncio.sleep(0.3)
        assert sent < size / 2
        assert len(await client[0].read()) == size


async def test_a_new_connection_goes_to_the_replica_with_fewest() -> None:
    async with (
        backend(echo(b"1")) as first,
        backend(echo(b"2")) as second,
        balancing(first, second) as (balancer, port),
        connected(port) as one,
        connected(port) as two,
    ):
        assert {await ask(one), await ask(two)} == {b"1\n", b"2\n"}
        assert balancer.open_connections(first) == balancer.open_connections(second) == 1


async def test_a_connection_that_ended_counts_no_more() -> None:
    async with backend(echo()) as there, balancing(there) as (balancer, port):
        async with connected(port) as client:
            await ask(client)
            assert balancer.open_connections(there) == 1
        async with asyncio.timeout(5):
            while balancer.open_connections(there):
                await asyncio.sleep(0.01)


async def test_a_replica_that_leaves_keeps_its_connections_and_gets_no_new_ones() -> None:
    async with (
        backend(echo(b"old ")) as old,
        backend(echo(b"new ")) as new,
        balancing(old) as (balancer, port),
        connected(port) as before,
    ):
        assert await ask(before) == b"old \n"
        balancer.serve([new])
        async with connected(port) as after:
            assert await ask(after) == b"new \n"
        assert await ask(before) == b"old \n"


async def test_a_replica_that_refuses_is_passed_over() -> None:
    refuses = Endpoint(HOST, free_port())
    async with (
        backend(echo()) as there,
        balancing(refuses, there) as (_, port),
        connected(port) as client,
    ):
        assert await ask(client, b"hello\n") == b"hello\n"


async def test_a_connection_waits_until_a_replica_is_ready() -> None:
    async with backend(echo()) as there, balancing() as (balancer, port), connected(port) as client:
        answer = asyncio.create_task(ask(client, b"early\n"))
        await asyncio.sleep(0.1)
        assert not answer.done()
        balancer.serve([there])
        assert await answer == b"early\n"


async def test_a_connection_does_not_wait_for_ever() -> None:
    async with balancing(hold=0.1) as (_, port), connected(port) as client:
        assert await client[0].read() == b""


async def test_a_replica_that_dies_breaks_its_connections_alone() -> None:
    async def die(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.transport.abort()

    async with (
        backend(die) as dying,
        backend(echo()) as there,
        balancing(dying) as (balancer, port),
        connected(port) as lost,
    ):
        with contextlib.suppress(ConnectionError):
            assert await ask(lost) == b""
        balancer.serve([there])
        async with connected(port) as client:
            assert await ask(client) == b"\n"


async def test_closing_ends_what_is_open() -> None:
    async with backend(echo()) as there:
        async with balancing(there) as (_, port), connected(port) as client:
            await ask(client)
        with contextlib.suppress(ConnectionError):
            assert await client[0].read() == b""
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(HOST, port)


async def test_a_port_that_is_taken_is_an_error() -> None:
    async with balancing() as (_, port):
        with pytest.raises(OSError, match="in use"):
            await Balancer(HOST, port).start()
