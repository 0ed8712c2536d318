"""What goes over the wire, read back by the server's own codecs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import numpy as np
import orjson
import pytest

from modelserver_runtime.contents import to_array
from modelserver_runtime.protocols import kserve_grpc, kserve_json, tfs_grpc
from modelserver_runtime.protocols.proto import grpc_predict_v2_pb2 as pb
from modelserver_runtime.protocols.proto import tensorflow_serving_pb2 as tfs
from modelserver_runtime.settings import SettingsError
from modelserver_runtime.tensors import Datatype, InputTensor, OutputTensor
from modelserver_runtime.tools.bench.apis.grpc import GrpcServer
from modelserver_runtime.tools.bench.apis.kserve_grpc import KserveGrpc
from modelserver_runtime.tools.bench.apis.kserve_rest import KserveRest
from modelserver_runtime.tools.bench.apis.port import AskFailed, ModelInput
from modelserver_runtime.tools.bench.apis.rest import RestServer
from modelserver_runtime.tools.bench.apis.tfs_grpc import TfsGrpc
from modelserver_runtime.tools.bench.apis.tfs_rest import TfsRest
from modelserver_runtime.tools.bench.data import payloads
from modelserver_runtime.tools.bench.options import DataOptions

StartStub = Callable[[Callable[[bytes], Awaitable[bytes]]], AbstractAsyncContextManager[Any]]

SERVER = RestServer("localhost", 1, timeout=5.0)
GRPC = GrpcServer("localhost", 1, timeout=5.0)


def tensors() -> tuple[OutputTensor, ...]:
    """One of each datatype, of shape [2,3]."""
    inputs = [ModelInput(f"in_{datatype}", datatype, (2, 3)) for datatype in Datatype]
    return payloads(inputs, DataOptions())[0].tensors


def assert_same(received: Sequence[InputTensor], sent: Sequence[OutputTensor]) -> None:
    assert [tensor.name for tensor in received] == [tensor.name for tensor in sent]
    for got, meant in zip(received, sent, strict=True):
        assert got.datatype == meant.datatype
        np.testing.assert_array_equal(to_array(got, meant.datatype), meant.array)


def split(request: bytes) -> tuple[str, dict[str, str], bytes]:
    """Request line, headers in lower case, body."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ") for line in lines)
    assert int(headers["content-length"]) == len(body)
    return first, headers, body


@pytest.mark.parametrize("binary", [False, True])
def test_a_kserve_rest_request_carries_its_tensors(binary: bool) -> None:
    api = KserveRest(SERVER, "a model", 3, binary=binary)
    first, headers, body = split(api.encode(tensors()))
    assert first == "POST /v2/models/a%20model/versions/3/infer HTTP/1.1"
    request = kserve_json.decode_infer(body, int(headers["inference-header-content-length"]))
    assert_same(request.inputs, tensors())
    assert request.binary_outputs == binary


def test_a_kserve_rest_request_of_numbers_alone_is_plain_json() -> None:
    numbers = tensors()[:2]
    _, headers, body = split(KserveRest(SERVER, "m", None, binary=False).encode(numbers))
    assert headers["content-type"] == "application/json"
    assert_same(kserve_json.decode_infer(body).inputs, numbers)


def test_a_kserve_grpc_request_carries_its_tensors() -> None:
    message = pb.ModelInferRequest.FromString(KserveGrpc(GRPC, "m", 3).encode(tensors()))
    assert (message.model_name, message.model_version) == ("m", "3")
    assert_same(kserve_grpc.decode_infer(message).inputs, tensors())


def test_a_tfs_grpc_request_carries_its_tensors() -> None:
    message = tfs.PredictRequest.FromString(TfsGrpc(GRPC, "m", 3).encode(tensors()))
    assert (message.model_spec.name, message.model_spec.version.value) == ("m", 3)
    received = {tensor.name: tensor for tensor in tfs_grpc.decode_predict(message).inputs}
    assert_same([received[tensor.name] for tensor in tensors()], tensors())


def test_a_tfs_request_carries_its_tensors_in_columns() -> None:
    numbers = [tensor for tensor in tensors() if tensor.datatype in (Datatype.FP32, Datatype.INT64)]
    first, _, body = split(TfsRest(SERVER, "m", None).encode(numbers))
    assert first == "POST /v1/models/m:predict HTTP/1.1"
    columns = orjson.loads(body)["inputs"]
    for tensor in numbers:
        assert np.array(columns[tensor.name]).shape == (2, 3)
        np.testing.assert_allclose(columns[tensor.name], tensor.array, rtol=1e-6)


def test_a_tfs_request_carries_bytes_in_base64() -> None:
    image = OutputTensor("x", Datatype.BYTES, np.array([b"\xff\xd8"], np.object_))
    _, _, body = split(TfsRest(SERVER, "m", None).encode([image]))
    assert orjson.loads(body) == {"inputs": {"x": [{"b64": "/9g="}]}}


def answer(body: object, status: str = "200 OK") -> bytes:
    content = orjson.dumps(body)
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content


TENSOR = {"name": "x", "dtype": "DT_FLOAT"}
SIZES = [{"size": "-1"}, {"size": "3"}]
SIGNATURES = {
    "OpenVINO Model Server": (
        "signatureDef",
        {"x": TENSOR | {"tensorShape": {"dim": SIZES, "unknownRank": False}}},
    ),
    "TensorFlow Serving": (
        "signature_def",
        {"x": TENSOR | {"tensor_shape": {"dim": SIZES, "unknown_rank": False}}},
    ),
}


@pytest.mark.parametrize("server", SIGNATURES)
async def test_tfs_metadata_is_read_as_either_server_spells_it(
    stub_server: StartStub, server: str
) -> None:
    key, inputs = SIGNATURES[server]

    async def respond(_: bytes) -> bytes:
        signature = {"signature_def": {key: {"serving_default": {"inputs": inputs}}}}
        return answer({"metadata": signature})

    async with stub_server(respond) as stub:
        api = TfsRest(RestServer("127.0.0.1", stub.port, 5.0), "m", None)
        assert await api.inputs() == (ModelInput("x", Datatype.FP32, (-1, 3)),)


async def test_a_datatype_that_json_has_no_form_for_is_refused(stub_server: StartStub) -> None:
    async def respond(_: bytes) -> bytes:
        inputs = {"x": {"dtype": "DT_BFLOAT16", "tensorShape": {"dim": SIZES}}}
        signature = {"signature_def": {"signatureDef": {"serving_default": {"inputs": inputs}}}}
        return answer({"metadata": signature})

    async with stub_server(respond) as stub:
        api = TfsRest(RestServer("127.0.0.1", stub.port, 5.0), "m", None)
        with pytest.raises(SettingsError, match="input x is BF16"):
            await api.inputs()


def test_an_ipv6_address_stands_in_brackets() -> None:
    assert b"\r\nHost: [::1]:80\r\n" in RestServer("::1", 80, 5.0).post("/", b"")


async def test_an_unknown_model_is_said_in_the_servers_words(stub_server: StartStub) -> None:
    async def respond(_: bytes) -> bytes:
        return answer({"error": "no such model"}, "404 Not Found")

    async with stub_server(respond) as stub:
        api = KserveRest(RestServer("127.0.0.1", stub.port, 5.0), "m", None, binary=False)
        with pytest.raises(SettingsError, match="/v2/models/m answers 404: no such model"):
            await api.inputs()


async def test_one_connection_serves_all_requests_of_a_client(stub_server: StartStub) -> None:
    async def respond(_: bytes) -> bytes:
        return answer({})

    async with stub_server(respond) as stub:
        server = RestServer("127.0.0.1", stub.port, 5.0)
        client = server.client()
        for _ in range(3):
            await client.ask(server.post("/", b"{}"))
        await client.close()
    assert (stub.connections, stub.bodies) == (1, [b"{}"] * 3)


async def test_a_connection_that_the_server_closes_is_opened_again(stub_server: StartStub) -> None:
    async def respond(_: bytes) -> bytes:
        return b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"

    async with stub_server(respond) as stub:
        server = RestServer("127.0.0.1", stub.port, 5.0)
        client = server.client()
        await client.ask(server.post("/", b""))
        await client.ask(server.post("/", b""))
        await client.close()
    assert stub.connections == 2


async def test_a_chunked_answer_is_read_to_its_end(stub_server: StartStub) -> None:
    async def respond(_: bytes) -> bytes:
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        return head + b'3\r\n{"a\r\n4\r\n":1}\r\n0\r\n\r\n'

    async with stub_server(respond) as stub:
        assert await RestServer("127.0.0.1", stub.port, 5.0).get("/") == {"a": 1}


FAILURES = {
    b"HTTP/1.1 429 Too Many\r\nContent-Length: 16\r\n\r\n" + b'{"error":"full"}': "429: full",
    b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 5\r\n\r\n<x/>\n": "502",
    b"SSH-2.0-OpenSSH\r\n": "does not speak HTTP",
    b"": "closed the connection",
}


@pytest.mark.parametrize("response", FAILURES, ids=FAILURES.values())
async def test_an_answer_that_is_not_good_is_a_failure_that_says_why(
    stub_server: StartStub, response: bytes
) -> None:
    async def respond(_: bytes) -> bytes:
        return response

    async with stub_server(respond) as stub:
        server = RestServer("127.0.0.1", stub.port, 5.0)
        client = server.client()
        with pytest.raises(AskFailed, match=FAILURES[response]):
            await client.ask(server.post("/", b""))
        await client.close()


async def test_a_request_that_takes_too_long_has_failed(stub_server: StartStub) -> None:
    async def respond(_: bytes) -> bytes:
        await asyncio.sleep(0.3)
        return answer({})

    async with stub_server(respond) as stub:
        server = RestServer("127.0.0.1", stub.port, 0.05)
        client = server.client()
        with pytest.raises(AskFailed, match=r"no answer in 0\.05 s"):
            await client.ask(server.post("/", b""))
