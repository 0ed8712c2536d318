"""The gRPC server over real sockets, in front of a dataplane that does as it is told."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import grpc
import pytest
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_reflection.v1alpha import reflection_pb2 as reflection
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

from modelserver_runtime.dataplane import Call, Dataplane
from modelserver_runtime.errors import (
    InferenceFailed,
    InvalidRequest,
    ModelNotFound,
    ServingError,
    VersionNotFound,
    VersionNotLoaded,
    VersionRetired,
)
from modelserver_runtime.metrics import Api, Interface
from modelserver_runtime.protocols.proto import grpc_health_pb2 as health
from modelserver_runtime.protocols.proto import grpc_predict_v2_pb2 as pb
from modelserver_runtime.protocols.proto import tensorflow_serving_pb2 as tfs
from modelserver_runtime.requests import InferRequest, InferResponse
from modelserver_runtime.servers.grpc import health as grpc_health
from modelserver_runtime.servers.grpc.reflection import SERVICE as REFLECTION
from modelserver_runtime.servers.grpc.server import GrpcServer
from modelserver_runtime.servers.grpc.services import HEALTH, KSERVE, MODEL, PREDICTION


@dataclass
class ScriptedDataplane:
    """Raises the error it was given, or answers without outputs after some time."""

    error: Exception | None = None
    seconds: float = 0.0
    calls: list[Call] = field(default_factory=list)
    server_ready: bool = True
    server_metadata: Any = field(
        default_factory=lambda: SimpleNamespace(name="s", version="1", extensions=("e",))
    )

    async def infer(
        self,
        call: Call,
        decode: Callable[[], InferRequest],
        encode: Callable[[InferRequest, InferResponse], object],
    ) -> object:
        self.model_ready(call)
        await asyncio.sleep(self.seconds)
        request = decode()
        return encode(request, InferResponse(call.model, 1, request.id, []))

    def has_live_version(self, model: str) -> bool:
        if model != "m":
            raise ModelNotFound
        return self.error is None

    def model_ready(self, call: Call) -> None:
        self.calls.append(call)
        if self.error is not None:
            raise self.error


@asynccontextmanager
async def serving(
    dataplane: ScriptedDataplane, connection_age: float = 10.0
) -> AsyncIterator[GrpcServer]:
    server = GrpcServer(cast("Dataplane", dataplane), "127.0.0.1", 0, connection_age)
    await server.start()
    try:
        yield server
    finally:
        await server.drain(0)


async def ask(server: GrpcServer, call: str, request: bytes = b"", service: str = KSERVE) -> bytes:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        answer: bytes = await channel.unary_unary(f"/{service}/{call}")(request)
        return answer


async def refusal(
    server: GrpcServer, call: str, request: bytes = b"", service: str = KSERVE
) -> tuple[str, str]:
    """Code and message of a call that fails."""
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await ask(server, call, request, service)
    return failed.value.code().name, failed.value.details() or ""


INFER = pb.ModelInferRequest(model_name="m", model_version="3", id="7").SerializeToString()


async def test_an_inference_goes_to_its_model_and_version() -> None:
    dataplane = ScriptedDataplane()
    async with serving(dataplane) as server:
        answer = pb.ModelInferResponse.FromString(await ask(server, "ModelInfer", INFER))
    assert (answer.model_name, answer.id) == ("m", "7")
    assert dataplane.calls == [Call("m", 3, Interface.GRPC)]


async def test_the_server_says_that_it_lives_is_ready_and_what_it_is() -> None:
    async with serving(ScriptedDataplane(server_ready=False)) as server:
        live = pb.ServerLiveResponse.FromString(await ask(server, "ServerLive"))
        ready = pb.ServerReadyResponse.FromString(await ask(server, "ServerReady"))
        metadata = pb.ServerMetadataResponse.FromString(await ask(server, "ServerMetadata"))
    assert live.live
    assert not ready.ready
    assert (metadata.name, metadata.version, metadata.extensions) == ("s", "1", ["e"])


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ModelNotFound(), "NOT_FOUND"),
        (VersionNotFound(), "NOT_FOUND"),
        (VersionRetired(), "NOT_FOUND"),
        (VersionNotLoaded(), "UNAVAILABLE"),
        (InvalidRequest("no such thing"), "INVALID_ARGUMENT"),
        (InferenceFailed("the device is gone"), "INTERNAL"),
    ],
)
async def test_an_error_has_its_code_and_words(error: ServingError, status: str) -> None:
    async with serving(ScriptedDataplane(error)) as server:
        assert await refusal(server, "ModelInfer", INFER) == (status, error.message)


async def test_a_model_that_still_loads_is_not_ready_and_no_error() -> None:
    request = pb.ModelReadyRequest(name="m").SerializeToString()
    async with serving(ScriptedDataplane(VersionNotLoaded())) as server:
        answer = await ask(server, "ModelReady", request)
    assert not pb.ModelReadyResponse.FromString(answer).ready


async def test_a_model_that_nobody_knows_is_not_found() -> None:
    request = pb.ModelReadyRequest(name="m").SerializeToString()
    async with serving(ScriptedDataplane(ModelNotFound())) as server:
        code, words = await refusal(server, "ModelReady", request)
    assert (code, words) == ("NOT_FOUND", "Model with requested name is not found")


async def test_bytes_that_are_no_message_are_the_clients_mistake() -> None:
    async with serving(ScriptedDataplane()) as server:
        code, words = await refusal(server, "ModelInfer", b"\xff\xff")
    assert code == "INVALID_ARGUMENT"
    assert words == (
        "Invalid message - Expected: inference.ModelInferRequest; Actual: 2 bytes that are none"
    )


async def test_a_mistake_of_ours_is_internal_and_the_server_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    dataplane = ScriptedDataplane(ValueError("a bug"))
    async with serving(dataplane) as server:
        with caplog.at_level(logging.ERROR):
            code, words = await refusal(server, "ModelInfer", INFER)
        dataplane.error = None
        await ask(server, "ModelInfer", INFER)
    assert (code, words) == ("INTERNAL", "Internal server error")
    assert "a bug" in caplog.text


@pytest.mark.parametrize("letter", ["x", "ß", "😀"])
async def test_an_error_of_any_length_reaches_the_client(letter: str) -> None:
    async with serving(ScriptedDataplane(InvalidRequest(letter * 100_000))) as server:
        code, words = await refusal(server, "ModelInfer", INFER)
    assert code == "INVALID_ARGUMENT"
    assert set(words) == {letter}


Status = health.HealthCheckResponse


async def checked(server: GrpcServer, service: str) -> int:
    request = health.HealthCheckRequest(service=service).SerializeToString()
    return Status.FromString(await ask(server, "Check", request, HEALTH)).status


@pytest.mark.parametrize("service", ["", KSERVE, PREDICTION, MODEL])
@pytest.mark.parametrize(("is_ready", "status"), [(True, "SERVING"), (False, "NOT_SERVING")])
async def test_a_health_check_tells_whether_the_server_is_ready(
    service: str, is_ready: bool, status: str
) -> None:
    async with serving(ScriptedDataplane(server_ready=is_ready)) as server:
        assert Status.ServingStatus.Name(await checked(server, service)) == status


async def test_a_health_check_knows_models_by_name() -> None:
    async with serving(ScriptedDataplane()) as server:
        assert await checked(server, "m") == Status.SERVING
    async with serving(ScriptedDataplane(VersionNotLoaded())) as server:
        assert await checked(server, "m") == Status.NOT_SERVING
        request = health.HealthCheckRequest(service="n").SerializeToString()
        refused = await refusal(server, "Check", request, HEALTH)
    assert refused == ("NOT_FOUND", "No service and no model is called n")


async def test_a_watcher_hears_of_a_change_and_holds_up_no_drain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(grpc_health, "_LOOK_SECONDS", 0.01)
    dataplane = ScriptedDataplane(server_ready=False)
    async with (
        serving(dataplane) as server,
        grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel,
    ):
        watch = channel.unary_stream(f"/{HEALTH}/Watch")(b"")
        assert Status.FromString(await watch.read()).status == Status.NOT_SERVING
        dataplane.server_ready = True
        assert Status.FromString(await watch.read()).status == Status.SERVING
        started = time.monotonic()
        await server.drain(grace=10)
        assert time.monotonic() - started < 5


async def test_a_watcher_of_nothing_is_told_so_and_may_wait() -> None:
    request = health.HealthCheckRequest(service="n").SerializeToString()
    async with (
        serving(ScriptedDataplane()) as server,
        grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel,
    ):
        watch = channel.unary_stream(f"/{HEALTH}/Watch")(request)
        assert Status.FromString(await watch.read()).status == Status.SERVICE_UNKNOWN


async def test_the_server_describes_its_services() -> None:
    async with serving(ScriptedDataplane()) as server:
        described = await asyncio.to_thread(described_services, server.port)
    assert described == {
        KSERVE: 12,
        PREDICTION: 2,
        MODEL: 1,
        HEALTH: 2,
        REFLECTION: 1,
    }


async def test_the_server_describes_a_method_by_its_name() -> None:
    asked = reflection.ServerReflectionRequest(file_containing_symbol=f"{KSERVE}.ModelInfer")
    async with (
        serving(ScriptedDataplane()) as server,
        grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel,
    ):
        stream = channel.stream_stream(f"/{REFLECTION}/ServerReflectionInfo")()
        await stream.write(asked.SerializeToString())
        answer = reflection.ServerReflectionResponse.FromString(cast("bytes", await stream.read()))
        await stream.done_writing()
    assert answer.original_request == asked
    files = answer.file_descriptor_response.file_descriptor_proto
    assert any(b"GRPCInferenceService" in file for file in files)


def described_services(port: int) -> dict[str, int]:
    """How many methods each service has, by what the server says of itself."""
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        database = ProtoReflectionDescriptorDatabase(channel)
        pool = DescriptorPool(database)
        return {name: len(pool.FindServiceByName(name).methods) for name in database.get_services()}


@pytest.mark.parametrize("compression", [grpc.Compression.Gzip, grpc.Compression.Deflate])
async def test_a_compressed_message_is_read(compression: grpc.Compression) -> None:
    message = pb.ModelInferRequest(model_name="m", id="7" * 5000).SerializeToString()
    async with (
        serving(ScriptedDataplane()) as server,
        grpc.aio.insecure_channel(f"127.0.0.1:{server.port}", compression=compression) as channel,
    ):
        answer = await channel.unary_unary(f"/{KSERVE}/ModelInfer")(message)
    assert pb.ModelInferResponse.FromString(answer).id == "7" * 5000


async def test_parameters_are_echoed() -> None:
    message = pb.ModelInferRequest(model_name="m")
    message.parameters["flag"].bool_param = True
    message.parameters["most"].uint64_param = 2**64 - 1
    async with serving(ScriptedDataplane()) as server:
        answer = await ask(server, "ModelInfer", message.SerializeToString())
    assert pb.ModelInferResponse.FromString(answer).parameters == message.parameters


async def test_tensorflow_serving_is_asked_as_itself() -> None:
    dataplane = ScriptedDataplane()
    message = tfs.PredictRequest(model_spec={"name": "m", "version": {"value": 3}})
    async with serving(dataplane) as server:
        answer = await ask(server, "Predict", message.SerializeToString(), PREDICTION)
    assert tfs.PredictResponse.FromString(answer).model_spec.name == "m"
    assert dataplane.calls == [Call("m", 3, Interface.GRPC, Api.TENSORFLOW_SERVING)]


async def test_a_call_that_nobody_serves_is_unimplemented() -> None:
    async with serving(ScriptedDataplane()) as server:
        code, _ = await refusal(server, "ModelTrain")
    assert code == "UNIMPLEMENTED"


async def test_a_stream_goes_on_after_a_request_that_fails() -> None:
    dataplane = ScriptedDataplane(ModelNotFound())
    async with (
        serving(dataplane) as server,
        grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel,
    ):
        stream = channel.stream_stream(f"/{KSERVE}/ModelStreamInfer")()
        for body in (INFER, b"\xff\xff"):
            await stream.write(body)
        refused, unread = [await answer_of(stream), await answer_of(stream)]
        dataplane.error = None
        await stream.write(INFER)
        answered = await answer_of(stream)
        await stream.done_writing()
        assert await stream.read() is grpc.aio.EOF
    assert refused.error_message == "Model with requested name is not found"
    assert refused.infer_response.id == "7"
    assert unread.error_message.endswith("Actual: 2 bytes that are none")
    assert (answered.error_message, answered.infer_response.id) == ("", "7")


async def answer_of(
    stream: grpc.aio.StreamStreamCall[bytes, bytes],
) -> pb.ModelStreamInferResponse:
    return pb.ModelStreamInferResponse.FromString(cast("bytes", await stream.read()))


async def test_an_idle_stream_holds_up_no_drain() -> None:
    async with (
        serving(ScriptedDataplane()) as server,
        grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel,
    ):
        stream = channel.stream_stream(f"/{KSERVE}/ModelStreamInfer")()
        await stream.write(INFER)
        await stream.read()
        started = time.monotonic()
        await server.drain(grace=30)
        assert time.monotonic() - started < 10
        assert await stream.read() is grpc.aio.EOF


async def test_a_port_that_is_taken_is_an_error() -> None:
    async with serving(ScriptedDataplane()) as server:
        second = GrpcServer(cast("Dataplane", ScriptedDataplane()), "127.0.0.1", server.port, 10.0)
        with pytest.raises(OSError, match="address already in use"):
            await second.start()


async def test_it_listens_on_ipv6() -> None:
    server = GrpcServer(cast("Dataplane", ScriptedDataplane()), "::1", 0, 10.0)
    await server.start()
    async with grpc.aio.insecure_channel(f"[::1]:{server.port}") as channel:
        await channel.unary_unary(f"/{KSERVE}/ServerLive")(b"")
    await server.drain(0)


async def test_a_drain_waits_for_the_request_in_progress() -> None:
    async with serving(ScriptedDataplane(seconds=0.5), connection_age=0.1) as server:
        in_progress = asyncio.create_task(ask(server, "ModelInfer", INFER))
        await asyncio.sleep(0.1)
        await server.drain(grace=5)
        await in_progress


async def test_a_drain_cuts_what_outlasts_its_grace() -> None:
    async with serving(ScriptedDataplane(seconds=60)) as server:
        in_progress = asyncio.create_task(refusal(server, "ModelInfer", INFER))
        await asyncio.sleep(0.1)
        started = time.monotonic()
        await server.drain(grace=0.3)
        assert time.monotonic() - started < 5
        code, _ = await in_progress
    assert code in {"UNAVAILABLE", "CANCELLED"}


async def test_a_drain_that_no_client_is_connected_to_takes_no_time() -> None:
    async with serving(ScriptedDataplane(), connection_age=60) as server:
        await ask(server, "ModelInfer", INFER)
        started = time.monotonic()
        await server.drain(grace=60)
        assert time.monotonic() - started < 5


async def test_a_drain_does_not_wait_for_the_age_of_connections_that_nobody_uses() -> None:
    async with (
        serving(ScriptedDataplane(), connection_age=60) as server,
        grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel,
    ):
        await channel.unary_unary(f"/{KSERVE}/ModelInfer")(INFER)
        started = time.monotonic()
        await server.drain(grace=60)
        assert time.monotonic() - started < 20


async def test_a_drain_loses_no_request_of_clients_that_can_go_elsewhere() -> None:
    async with (
        serving(ScriptedDataplane(), connection_age=0.3) as old,
        serving(ScriptedDataplane(), connection_age=0.3) as new,
        relaying(old.port) as relay,
        grpc.aio.insecure_channel(f"127.0.0.1:{relay.port}") as channel,
    ):
        infer = channel.unary_unary(f"/{KSERVE}/ModelInfer")
        stopped = asyncio.Event()

        async def client() -> int:
            answers = 0
            while not stopped.is_set():
                await infer(INFER)
                answers += 1
            return answers

        clients = [asyncio.create_task(client()) for _ in range(8)]
        await asyncio.sleep(0.2)
        relay.target = new.port
        await old.drain(grace=10)
        await asyncio.sleep(0.2)
        stopped.set()
        assert all(await asyncio.gather(*clients))


async def test_an_old_connection_ends_without_the_loss_of_a_call() -> None:
    async with (
        serving(ScriptedDataplane(), connection_age=0.1) as server,
        relaying(server.port) as relay,
        grpc.aio.insecure_channel(f"127.0.0.1:{relay.port}") as channel,
    ):
        infer = channel.unary_unary(f"/{KSERVE}/ModelInfer")
        while relay.connections < 3:  # the server looks at their age every second
            await asyncio.gather(*(infer(INFER) for _ in range(8)))


@dataclass
class Relay:
    """What a Service does: new connections go to the target, old ones stay where they are."""

    target: int
    port: int = 0
    connections: int = 0
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection("127.0.0.1", self.target)
        self.connections += 1
        self.writers += writer, there[1]
        await asyncio.gather(pump(reader, there[1]), pump(there[0], writer))


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while received := await reader.read(1 << 16):
        writer.write(received)
    writer.close()


@asynccontextmanager
async def relaying(target: int) -> AsyncIterator[Relay]:
    relay = Relay(target)
    async with await asyncio.start_server(relay.connected, "127.0.0.1", 0) as listener:
        relay.port = listener.sockets[0].getsockname()[1]
        yield relay
        for writer in relay.writers:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
