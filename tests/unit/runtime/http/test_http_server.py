"""The HTTP server, spoken to in bytes over real sockets."""

from __future__ import annotations

import asyncio
import json
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import pytest

from modelserver_runtime.servers.http import HttpServer, Request, Response
from modelserver_runtime.servers.http.connection import Limits

LIMITS = Limits(head=2048, body=4096)


async def echo(request: Request) -> Response:
    """Says back what it got; /slow takes its time."""
    if request.path == "/slow":
        await asyncio.sleep(0.2)
    if request.path == "/crash":
        raise ValueError("a bug")
    said = {"method": request.method, "path": request.path, "body": request.body.decode()}
    return Response(200, [json.dumps(said).encode()])


@dataclass
class Client:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def send(self, text: str) -> None:
        self.writer.write(text.replace("\n", "\r\n").encode())

    async def receive(self) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the next response."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return int(head[0].split()[1]), headers, body

    async def is_closed(self) -> bool:
        return await self.reader.read(1) == b""


Connect = Callable[[], Awaitable[Client]]


@asynccontextmanager
async def serving(server: HttpServer, port: int) -> AsyncIterator[Connect]:
    await server.start()
    clients: list[Client] = []

    async def connect() -> Client:
        clients.append(Client(*await asyncio.open_connection("127.0.0.1", port)))
        return clients[-1]

    try:
        yield connect
    finally:
        for client in clients:
            client.writer.close()
            with suppress(ConnectionError):
                await client.writer.wait_closed()
        await server.drain(grace=0)


@pytest.fixture
def server(unused_tcp_port: int) -> HttpServer:
    return HttpServer(echo, "127.0.0.1", unused_tcp_port, LIMITS)


@pytest.fixture
async def connect(server: HttpServer, unused_tcp_port: int) -> AsyncIterator[Connect]:
    async with serving(server, unused_tcp_port) as connect:
        yield connect


async def test_one_connection_carries_many_requests(connect: Connect) -> None:
    client = await connect()
    for path in ("/a", "/b"):
        client.send(f"GET {path} HTTP/1.1\nHost: x\n\n")
        status, headers, body = await client.receive()
        assert (status, json.loads(body)["path"]) == (200, path)
        assert "connection" not in headers


async def test_pipelined_requests_are_answered_in_order(connect: Connect) -> None:
    client = await connect()
    paths = ["/slow", *(f"/{number}" for number in range(40))]
    client.send("".join(f"GET {path} HTTP/1.1\nHost: x\n\n" for path in paths))
    assert [json.loads((await client.receive())[2])["path"] for _ in paths] == paths


async def test_a_chunked_body_arrives_whole(connect: Connect) -> None:
    client = await connect()
    client.send("POST /p HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n3\nabc\n2\nde\n0\n\n")
    assert json.loads((await client.receive())[2])["body"] == "abcde"


async def test_a_body_sent_byte_by_byte_arrives_whole(connect: Connect) -> None:
    client = await connect()
    for character in "POST /p HTTP/1.1\nHost: x\nContent-Length: 3\n\nabc":
        client.send(character)
        await client.writer.drain()
        await asyncio.sleep(0)
    assert json.loads((await client.receive())[2])["body"] == "abc"


async def test_a_client_that_asks_before_it_sends_a_body_is_told_to_go_on(connect: Connect) -> None:
    client = await connect()
    client.send("POST /p HTTP/1.1\nHost: x\nExpect: 100-continue\nContent-Length: 2\n\n")
    assert (await client.receive())[0] == 100
    client.send("ok")
    assert json.loads((await client.receive())[2])["body"] == "ok"


async def test_a_body_that_is_only_promised_takes_no_memory(unused_tcp_port: int) -> None:
    async with serving(HttpServer(echo, "127.0.0.1", unused_tcp_port), unused_tcp_port) as connect:
        client = await connect()
        tracemalloc.start()
        try:
            client.send("POST /p HTTP/1.1\nHost: x\nExpect: 100-continue\n")
            client.send(f"Content-Length: {Limits().body}\n\n")
            assert (await client.receive())[0] == 100
            assert tracemalloc.get_traced_memory()[1] < Limits().body / 10
        finally:
            tracemalloc.stop()


async def test_a_query_is_no_part_of_the_path(connect: Connect) -> None:
    client = await connect()
    client.send("GET /p?x=1 HTTP/1.1\nHost: x\n\n")
    assert json.loads((await client.receive())[2])["path"] == "/p"


async def test_head_is_answered_as_get_without_the_body(connect: Connect) -> None:
    client = await connect()
    client.send("HEAD / HTTP/1.1\nHost: x\n\nGET /next HTTP/1.1\nHost: x\n\n")
    head = (await client.reader.readuntil(b"\r\n\r\n")).decode()
    assert "content-length: 43" in head
    status, _, body = await client.receive()
    assert (status, json.loads(body)["path"]) == (200, "/next")


async def test_connection_close_is_honoured(connect: Connect) -> None:
    client = await connect()
    client.send("GET / HTTP/1.1\nHost: x\nConnection: close\n\n")
    _, headers, _ = await client.receive()
    assert headers["connection"] == "close"
    assert await client.is_closed()


@pytest.mark.parametrize(
    ("request_text", "status"),
    [
        ("nonsense\n\n", 400),
        ("GET / HTTP/1.1\nContent-Length: x\n\n", 400),
        ("POST / HTTP/1.1\nHost: x\nContent-Length: 4097\n\n", 413),
        (f"POST / HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n1001\n{'x' * 4097}", 413),
        (f"GET /{'x' * 2048} HTTP/1.1\n\n", 431),
        (f"GET / HTTP/1.1\nCookie: {'x' * 2048}\n\n", 431),
        (f"GET / HTTP/1.1\nCookie: {'never ending ' * 160}", 431),
        ("GET / HTTP/1.1\nHost: x\nConnection: Upgrade\nUpgrade: h2c\n\n", 400),
    ],
)
async def test_a_request_that_cannot_be_read_is_refused_and_the_connection_closed(
    connect: Connect, request_text: str, status: int
) -> None:
    client = await connect()
    client.send(request_text)
    answered, _, body = await client.receive()
    assert answered == status
    assert json.loads(body)["error"]
    assert await client.is_closed()


async def test_a_bug_in_the_handler_costs_one_answer_and_not_the_connection(
    connect: Connect,
) -> None:
    client = await connect()
    client.send("GET /crash HTTP/1.1\nHost: x\n\nGET /next HTTP/1.1\nHost: x\n\n")
    assert (await client.receive())[0] == 500
    assert (await client.receive())[0] == 200


async def test_a_client_that_leaves_cancels_its_request(
    server: HttpServer, unused_tcp_port: int
) -> None:
    cancelled = asyncio.Event()

    async def wait(_: Request) -> Response:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise
        return Response(200)

    server = HttpServer(wait, "127.0.0.1", unused_tcp_port)
    async with serving(server, unused_tcp_port) as connect:
        client = await connect()
        client.send("GET / HTTP/1.1\nHost: x\n\n")
        await asyncio.sleep(0.05)
        client.writer.close()
        await asyncio.wait_for(cancelled.wait(), 5)


async def test_a_drain_answers_the_request_at_hand_and_says_that_it_is_the_last(
    server: HttpServer, connect: Connect
) -> None:
    client = await connect()
    client.send("GET /slow HTTP/1.1\nHost: x\n\n")
    await asyncio.sleep(0.05)
    drain = asyncio.create_task(server.drain(grace=5))
    status, headers, _ = await client.receive()
    assert (status, headers["connection"]) == (200, "close")
    await drain


async def test_a_drain_answers_all_that_a_client_has_sent(
    server: HttpServer, connect: Connect
) -> None:
    client = await connect()
    client.send("GET /slow HTTP/1.1\nHost: x\n\nGET /next HTTP/1.1\nHost: x\n\n")
    await asyncio.sleep(0.05)
    draining = asyncio.create_task(server.drain(grace=5))
    connections = [(await client.receive())[1].get("connection") for _ in range(2)]
    assert connections == [None, "close"]
    await draining


async def test_a_drain_still_answers_a_connection_that_was_idle(
    server: HttpServer, connect: Connect
) -> None:
    client = await connect()
    client.send("GET / HTTP/1.1\nHost: x\n\n")
    await client.receive()
    drain = asyncio.create_task(server.drain(grace=5))
    await asyncio.sleep(0.3)
    client.send("GET / HTTP/1.1\nHost: x\n\n")
    status, headers, _ = await client.receive()
    assert (status, headers["connection"]) == (200, "close")
    await drain


async def test_a_connection_made_while_draining_is_served(
    server: HttpServer, connect: Connect
) -> None:
    await connect()
    drain = asyncio.create_task(server.drain(grace=5))
    await asyncio.sleep(0.05)
    late = await connect()
    late.send("GET / HTTP/1.1\nHost: x\n\n")
    assert (await late.receive())[0] == 200
    await drain


async def test_a_drain_ends_with_its_grace(server: HttpServer, unused_tcp_port: int) -> None:
    async def never(_: Request) -> Response:
        await asyncio.sleep(3600)
        return Response(200)

    server = HttpServer(never, "127.0.0.1", unused_tcp_port)
    async with serving(server, unused_tcp_port) as connect:
        client = await connect()
        client.send("GET / HTTP/1.1\nHost: x\n\n")
        await asyncio.sleep(0.05)
        await asyncio.wait_for(server.drain(grace=0.2), 5)
        assert await client.is_closed()


async def test_an_idle_server_drains_at_once(server: HttpServer) -> None:
    await server.start()
    await asyncio.wait_for(server.drain(grace=60), 1)


async def test_an_old_connection_ends_with_its_next_answer_so_that_its_client_comes_anew(
    unused_tcp_port: int,
) -> None:
    server = HttpServer(echo, "127.0.0.1", unused_tcp_port, Limits(age=0.1))
    async with serving(server, unused_tcp_port) as connect:
        client = await connect()
        await asyncio.sleep(1.5)  # the server looks at its connections every second
        client.send("GET / HTTP/1.1\nHost: x\n\n")
        status, headers, _ = await client.receive()
        assert (status, headers["connection"]) == (200, "close")
        assert await client.is_closed()
