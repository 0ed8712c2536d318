"""Calls that no gRPC library makes, and calls that end otherwise than with an answer."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import grpc
import pytest

from http2_wire import Answer, Client, Upload, Wire, traced
from modelserver_runtime.dataplane import Dataplane
from modelserver_runtime.errors import InvalidRequest
from modelserver_runtime.protocols.proto import grpc_predict_v2_pb2 as pb
from modelserver_runtime.servers.grpc import messages
from modelserver_runtime.servers.grpc.calls import begins
from modelserver_runtime.servers.grpc.messages import PREFIX
from modelserver_runtime.servers.grpc.routes import Router
from modelserver_runtime.servers.grpc.server import GrpcServer
from modelserver_runtime.servers.grpc.services import KSERVE, Unary
from modelserver_runtime.servers.http2.connection import Connection
from modelserver_runtime.servers.inflation import INFLATED_AT_MOST

GRPC = ("content-type", "application/grpc")
EMPTY = PREFIX.pack(False, 0)


class Service:
    """Answers one call, after some time."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.cancelled = 0

    async def answer(self, _request: pb.ServerLiveRequest) -> pb.ServerLiveResponse:
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return pb.ServerLiveResponse(live=True)


async def call(
    body: bytes, *more: tuple[str, str], service: Service | None = None, cut: int = 1 << 20
) -> Answer:
    """What a client gets that sends these bytes as the body of a call."""
    unary = Unary(pb.ServerLiveRequest, (service or Service()).answer)
    router = Router({b"/echo": begins(unary, asyncio.Event())})
    connection = Connection(router.route, 60.0, lambda _: None, lambda _: None)
    client = Client(connection, Wire(connection))
    stream = client.ask(Upload(body, frame=cut), more or [GRPC])
    while not client.is_done:
        client.turn()
        await asyncio.sleep(0)
    return client.answers[stream]


def named(code: int) -> str:
    return next(each.name for each in grpc.StatusCode if each.value[0] == code)


async def refused(body: bytes, *more: tuple[str, str]) -> tuple[str, str]:
    answer = await call(body, GRPC, *more)
    fields = dict(answer.trailers or answer.head)
    return named(int(fields["grpc-status"])), fields.get("grpc-message", "")


async def test_an_empty_message_is_a_message() -> None:
    answer = await call(EMPTY)
    assert pb.ServerLiveResponse.FromString(bytes(answer.body[PREFIX.size :])).live
    assert answer.trailers == [("grpc-status", "0")]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "A call without a message"),
        (EMPTY[:3], "A call without a message"),
        (EMPTY * 2, "A call of one message of 0 bytes came with 5"),
        (PREFIX.pack(False, 1 << 30) + b"little", "A call of one message of 1073741824 bytes"),
        (PREFIX.pack(True, 4) + b"junk", "A compressed message without grpc-encoding"),
    ],
)
async def test_a_call_has_one_message(body: bytes, words: str) -> None:
    code, told = await refused(body)
    assert code == "INTERNAL"
    assert told.startswith(words)


async def test_a_body_over_the_limit_is_refused_before_it_is_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(messages, "MESSAGE_AT_MOST", 1 << 20)
    answer = await call(PREFIX.pack(False, 1 << 30) + bytes(40 << 20), GRPC)
    assert dict(answer.head)["grpc-status"] == "8"
    assert answer.reset == 0


def test_a_body_in_tiny_pieces_takes_hardly_more_than_it_holds() -> None:
    body, piece = messages.Body(), memoryview(bytes(1 << 18))[:1]
    with traced() as taken:
        for _ in range(200_000):
            body.add(piece)
        assert taken() < 500_000


@pytest.mark.parametrize("given", ["1", "S", "1x", "-1S", "123456789S", "1.5S"])
async def test_a_timeout_that_is_none(given: str) -> None:
    assert await refused(EMPTY, ("grpc-timeout", given)) == (
        "INTERNAL",
        f"Invalid grpc-timeout {given}",
    )


async def test_a_timeout_of_ten_thousand_years() -> None:
    assert (await call(EMPTY, GRPC, ("grpc-timeout", "99999999H"))).is_whole


async def test_an_encoding_that_nobody_knows() -> None:
    code, words = await refused(EMPTY, ("grpc-encoding", "snappy"))
    assert (code, words) == ("UNIMPLEMENTED", "Unknown grpc-encoding snappy")


@pytest.mark.parametrize(
    "kind", ["application/json", "application/grpc-web", "application/grpcx", "text/plain"]
)
async def test_what_is_no_grpc_is_told_what_is(kind: str) -> None:
    answer = await call(b"hello", ("content-type", kind))
    assert answer.head[0] == (":status", "415")
    assert answer.body.startswith(b"gRPC is spoken here")


@pytest.mark.parametrize("kind", ["application/grpc", "application/grpc+proto"])
async def test_what_is_grpc_is_answered(kind: str) -> None:
    assert (await call(EMPTY, ("content-type", kind))).trailers == [("grpc-status", "0")]


@pytest.mark.parametrize(("encoding", "bits"), [("gzip", 31), ("deflate", 15)])
async def test_a_few_bytes_that_inflate_to_too_many(encoding: str, bits: int) -> None:
    deflate = zlib.compressobj(wbits=bits)
    bomb = b"".join(deflate.compress(bytes(1 << 20)) for _ in range((INFLATED_AT_MOST >> 20) + 1))
    bomb += deflate.flush()
    code, words = await refused(PREFIX.pack(True, len(bomb)) + bomb, ("grpc-encoding", encoding))
    assert code == "RESOURCE_EXHAUSTED"
    assert words == f"A message over {INFLATED_AT_MOST} bytes once it is inflated"


@pytest.mark.parametrize("end", [slice(0, -1), slice(0, None)], ids=["early", "late"])
async def test_a_compressed_message_ends_where_it_ends(end: slice) -> None:
    packed = zlib.compress(b"")[end] + (b"more" if end.stop is None else b"")
    code, words = await refused(
        PREFIX.pack(True, len(packed)) + packed, ("grpc-encoding", "deflate")
    )
    assert (code, words) == ("INTERNAL", "A compressed message that ends too early or too late")


@asynccontextmanager
async def channel_to(answering: object) -> AsyncIterator[grpc.aio.Channel]:
    """A real client of a server whose dataplane does this."""
    server = GrpcServer(cast("Dataplane", answering), "127.0.0.1", 0, connection_age=60)
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
            yield channel
    finally:
        await server.drain(0)


class Slow:
    """A dataplane whose inferences never end, or end with an error."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.cancelled = asyncio.Event()

    async def infer(self, *_: object) -> object:
        if self.error is not None:
            raise self.error
        try:
            return await asyncio.Event().wait()
        finally:
            self.cancelled.set()


async def failed(channel: grpc.aio.Channel, seconds: float | None = None) -> tuple[str, str]:
    infer: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(
        f"/{KSERVE}/ModelInfer"
    )
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await infer(b"", timeout=seconds)
    return error.value.code().name, error.value.details() or ""


@pytest.mark.parametrize("words", ["100 % of 7/8", "größer 😀", "a\nb\tc", "%41", "~!\"'{}\\"])
async def test_words_come_to_a_client_as_they_were_said(words: str) -> None:
    async with channel_to(Slow(InvalidRequest(words))) as channel:
        assert await failed(channel) == ("INVALID_ARGUMENT", words)


async def test_words_that_are_no_unicode_are_said_as_well_as_can_be() -> None:
    async with channel_to(Slow(InvalidRequest("/models/\udcff"))) as channel:
        assert await failed(channel) == ("INVALID_ARGUMENT", "/models/?")


async def test_a_deadline_that_passes_cancels_the_inference() -> None:
    dataplane = Slow()
    async with channel_to(dataplane) as channel:
        code, _ = await failed(channel, seconds=0.2)
        await asyncio.wait_for(dataplane.cancelled.wait(), 10)
    assert code == "DEADLINE_EXCEEDED"


async def test_a_deadline_that_passes_within_an_answer_cancels_what_is_left_of_it() -> None:
    dataplane = Slow()
    async with channel_to(dataplane) as channel:
        infer: grpc.aio.StreamStreamMultiCallable[bytes, bytes] = channel.stream_stream(
            f"/{KSERVE}/ModelStreamInfer"
        )
        stream = infer(timeout=0.5)
        await stream.write(pb.ModelInferRequest(model_name="m").SerializeToString())
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await stream.read()
        await asyncio.wait_for(dataplane.cancelled.wait(), 10)
    assert error.value.code().name == "DEADLINE_EXCEEDED"


async def test_a_deadline_is_kept_by_the_server_too() -> None:
    service = Service(seconds=60)
    answer = await asyncio.wait_for(
        call(EMPTY, GRPC, ("grpc-timeout", "100m"), service=service), 30
    )
    await asyncio.sleep(0)
    assert dict(answer.head)["grpc-status"] == "4"
    assert service.cancelled == 1
