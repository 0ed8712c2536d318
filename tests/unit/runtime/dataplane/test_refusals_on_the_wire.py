"""How full queues, deadlines and failing devices look to clients, over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import grpc
import httpx
import pytest
import pytest_asyncio

from modelserver_runtime.engine.health import FAILURES
from modelserver_runtime.metrics import Interface
from modelserver_runtime.protocols.proto import grpc_predict_v2_pb2 as pb
from modelserver_runtime.servers.grpc.server import GrpcServer
from modelserver_runtime.servers.grpc.services import KSERVE
from modelserver_runtime.servers.http import HttpServer
from modelserver_runtime.servers.rest import RestApi

if TYPE_CHECKING:
    from conftest import House

INPUT = {"name": "x", "shape": [1], "datatype": "FP32", "data": [7]}
BODY = {"inputs": [INPUT]}
MESSAGE = pb.ModelInferRequest(model_name="m")
MESSAGE.inputs.add(name="x", datatype="FP32", shape=[1]).contents.fp32_contents.append(7)


@pytest_asyncio.fixture
async def rest(house: House, unused_tcp_port: int) -> AsyncIterator[httpx.AsyncClient]:
    api = RestApi(house.dataplane, house.metrics, None)
    server = HttpServer(api.answer, "127.0.0.1", unused_tcp_port)
    await server.start()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{unused_tcp_port}") as client:
        yield client
    await server.drain(0)


@pytest_asyncio.fixture
async def channel(house: House) -> AsyncIterator[grpc.aio.Channel]:
    server = GrpcServer(house.dataplane, "127.0.0.1", 0, connection_age=10.0)
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        yield channel
    await server.drain(0)


async def infer(channel: grpc.aio.Channel, seconds: float = 5) -> bytes:
    call = channel.unary_unary(f"/{KSERVE}/ModelInfer")
    answer: bytes = await call(MESSAGE.SerializeToString(), timeout=seconds)
    return answer


async def test_a_full_queue_is_429_with_the_time_to_come_again(
    house: House, rest: httpx.AsyncClient
) -> None:
    await house.fill()
    answer = await rest.post("/v2/models/m/infer", json=BODY)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert answer.json() == {"error": "Too many requests - 3 are in progress, try again later"}


async def test_a_full_queue_is_resource_exhausted(house: House, channel: grpc.aio.Channel) -> None:
    await house.fill()
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await infer(channel)
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_a_deadline_that_passes_is_504(house: House, rest: httpx.AsyncClient) -> None:
    house.ask(0)
    answer = await rest.post(
        "/v2/models/m/infer", json=BODY, headers={"x-envoy-expected-rq-timeout-ms": "20"}
    )
    assert answer.status_code == 504
    assert answer.json() == {"error": "Deadline exceeded - Expected: an answer within 0.02 seconds"}
    await house.work_off()
    assert house.device.begun == [0]


async def test_a_deadline_in_the_parameters_is_deadline_exceeded(
    house: House, channel: grpc.aio.Channel
) -> None:
    house.ask(0)
    message = pb.ModelInferRequest()
    message.CopyFrom(MESSAGE)
    message.parameters["timeout"].int64_param = 20_000
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await channel.unary_unary(f"/{KSERVE}/ModelInfer")(message.SerializeToString())
    assert refused.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert house.failed(Interface.GRPC) == 1


async def test_a_call_whose_own_deadline_passes_is_never_run(
    house: House, channel: grpc.aio.Channel
) -> None:
    house.ask(0)
    with pytest.raises(grpc.aio.AioRpcError):
        await infer(channel, seconds=0.05)
    await house.until_in_progress(1)
    await house.work_off()
    assert house.device.begun == [0]


async def test_a_client_that_hangs_up_frees_its_place(
    house: House, rest: httpx.AsyncClient
) -> None:
    house.ask(0)
    asked = asyncio.ensure_future(rest.post("/v2/models/m/infer", json=BODY))
    await house.until_in_progress(2)
    asked.cancel()
    await house.until_in_progress(1)
    await house.work_off()
    assert house.device.begun == [0]


async def test_a_header_that_is_no_time_is_refused(house: House, rest: httpx.AsyncClient) -> None:
    answer = await rest.post(
        "/v2/models/m/infer", json=BODY, headers={"x-envoy-expected-rq-timeout-ms": "soon"}
    )
    assert answer.status_code == 400
    assert house.device.begun == []


async def test_readiness_says_why_it_is_off(
    house: House, rest: httpx.AsyncClient, channel: grpc.aio.Channel
) -> None:
    assert (await rest.get("/v2/health/ready")).status_code == 200
    house.device.is_lost = True
    for _ in range(FAILURES):
        assert (await rest.post("/v2/models/m/infer", json=BODY)).status_code == 500
    reason = {"error": "model m version 1 fails: Internal inference error: the device is lost"}

    for path in ("/v2/health/ready", "/v2/models/m/ready"):
        answer = await rest.get(path)
        assert (answer.status_code, answer.json()) == (503, reason)
    for call in ("ServerReady", "ModelReady"):
        ready = await channel.unary_unary(f"/{KSERVE}/{call}")(
            pb.ModelReadyRequest(name="m").SerializeToString() if call == "ModelReady" else b""
        )
        assert not pb.ServerReadyResponse.FromString(ready).ready
