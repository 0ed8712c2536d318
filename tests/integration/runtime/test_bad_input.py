"""Bad input of every kind, over both protocols: code, words, and a server that goes on serving."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError

import grpc
import numpy as np
import pytest
from tritonclient.grpc import service_pb2 as pb
from tritonclient.grpc.service_pb2_grpc import GRPCInferenceServiceStub

if TYPE_CHECKING:
    import openvino as ov

    from conftest import Repository, Server, StartServer


@dataclass(frozen=True)
class Tensor:
    """An input as it claims to be, and how many values it really has."""

    name: str
    shape: tuple[int, ...] = (1, 10)
    datatype: str = "FP32"
    count: int | None = None

    @property
    def values(self) -> list[float]:
        count = int(np.prod(self.shape)) if self.count is None else self.count
        return [1.0 if self.datatype.startswith("FP") else 1] * count

    @property
    def raw(self) -> bytes:
        return np.array(self.values, {"FP32": "f4", "INT8": "i1"}[self.datatype]).tobytes()


@dataclass(frozen=True)
class Ask:
    """An inference, before it is written in any protocol."""

    inputs: Sequence[Tensor]
    model: str = "tiny"
    version: str = ""
    outputs: Sequence[str] = ()


Answer = tuple[int | str, str]
"""Status and message: a number over REST, a name over gRPC."""


def http(
    server: Server,
    path: str,
    body: bytes | None = None,
    method: str | None = None,
    **headers: str,
) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(f"http://{server.rest}{path}", body, named, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, ""
    except HTTPError as error:
        with error:
            return error.code, json.load(error)["error"]


def call(server: Server, method: str, request: object) -> Answer:
    with grpc.insecure_channel(server.grpc) as channel:
        try:
            getattr(GRPCInferenceServiceStub(channel), method)(request, timeout=10)
        except grpc.RpcError as error:
            return error.code().name, error.details()
    return "OK", ""


def post(server: Server, ask: Ask, inputs: list[dict[str, object]], tail: bytes = b"") -> Answer:
    """Infer over REST, with the inputs as described and binary content behind them."""
    version = f"/versions/{ask.version}" if ask.version else ""
    outputs = [{"name": name} for name in ask.outputs]
    document = json.dumps({"inputs": inputs, "outputs": outputs}).encode()
    length = {"Inference_Header_Content_Length": str(len(document))} if tail else {}
    return http(server, f"/v2/models/{ask.model}{version}/infer", document + tail, **length)


def rest_json(server: Server, ask: Ask) -> Answer:
    return post(server, ask, [{**described(each), "data": each.values} for each in ask.inputs])


def rest_binary(server: Server, ask: Ask) -> Answer:
    inputs = [
        {**described(each), "parameters": {"binary_data_size": len(each.raw)}}
        for each in ask.inputs
    ]
    return post(server, ask, inputs, b"".join(each.raw for each in ask.inputs))


def described(tensor: Tensor) -> dict[str, object]:
    return {"name": tensor.name, "shape": tensor.shape, "datatype": tensor.datatype}


def message(ask: Ask) -> pb.ModelInferRequest:
    """The request over gRPC, still without contents."""
    request = pb.ModelInferRequest(model_name=ask.model, model_version=ask.version)
    for each in ask.inputs:
        request.inputs.add(name=each.name, datatype=each.datatype, shape=each.shape)
    for name in ask.outputs:
        request.outputs.add(name=name)
    return request


def grpc_raw(server: Server, ask: Ask) -> Answer:
    request = message(ask)
    request.raw_input_contents.extend(each.raw for each in ask.inputs)
    return call(server, "ModelInfer", request)


def grpc_typed(server: Server, ask: Ask) -> Answer:
    request = message(ask)
    for each, written in zip(ask.inputs, request.inputs, strict=True):
        field = {"FP32": "fp32_contents", "INT8": "int_contents"}[each.datatype]
        getattr(written.contents, field).extend(each.values)
    return call(server, "ModelInfer", request)


SENDERS = [rest_json, rest_binary, grpc_raw, grpc_typed]
A, B = Tensor("a"), Tensor("b")
INVALID = {"rest": 400, "grpc": "INVALID_ARGUMENT"}
MISSING = {"rest": 404, "grpc": "NOT_FOUND"}
LOADING = {"rest": 404, "grpc": "UNAVAILABLE"}

Send = Callable[["Server", Ask], Answer]


def status(statuses: dict[str, int | str], send: Send) -> int | str:
    return statuses[send.__name__.split("_")[0]]


@pytest.fixture(autouse=True)
def goes_on_serving(server: Server) -> Iterator[None]:
    yield
    assert rest_json(server, Ask([A, B])) == (200, "")
    assert grpc_raw(server, Ask([A, B])) == ("OK", "")


@pytest.mark.parametrize("send", SENDERS)
@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ([], "Invalid number of inputs - Expected: 2; Actual: 0"),
        ([A], "Invalid number of inputs - Expected: 2; Actual: 1"),
        ([A, Tensor("c")], "Missing input with specific name - Required input: b"),
        ([A, A], "Missing input with specific name - Required input: b"),
        (
            [A, Tensor("b", datatype="INT8")],
            "Invalid input precision - Expected: FP32; Actual: INT8; input name: b",
        ),
        (
            [A, Tensor("b", (1, 10, 1))],
            "Invalid number of shape dimensions - Expected: (1,10); Actual: (1,10,1); "
            "input name: b",
        ),
        (
            [A, Tensor("b", (10, 10))],
            "Invalid input batch size - Expected: 1; Actual: 10; input name: b",
        ),
        (
            [A, Tensor("b", (1, 11))],
            "Invalid input shape - Expected: (1,10); Actual: (1,11); input name: b",
        ),
    ],
)
def test_inputs_that_are_not_the_models(
    server: Server, send: Send, inputs: list[Tensor], words: str
) -> None:
    assert send(server, Ask(inputs)) == (status(INVALID, send), words)


@pytest.mark.parametrize("send", [rest_binary, grpc_raw])
def test_raw_content_of_the_wrong_size(server: Server, send: Send) -> None:
    assert send(server, Ask([A, Tensor("b", count=9)])) == (
        status(INVALID, send),
        "Invalid content size of tensor proto - Expected: 40 bytes; Actual: 36 bytes; "
        "input name: b",
    )


@pytest.mark.parametrize("send", [rest_json, grpc_typed])
def test_the_wrong_number_of_values(server: Server, send: Send) -> None:
    assert send(server, Ask([A, Tensor("b", count=9)])) == (
        status(INVALID, send),
        "Invalid number of values in tensor proto container - Expected: 10 values; "
        "Actual: 9 values; input name: b",
    )


@pytest.mark.parametrize("send", SENDERS)
def test_an_output_that_the_model_lacks(server: Server, send: Send) -> None:
    assert send(server, Ask([A, B], outputs=["none"])) == (
        status(INVALID, send),
        "Invalid output name - Expected one of: sum; Actual: none",
    )


@pytest.mark.parametrize("send", SENDERS)
def test_a_model_that_is_not_there(server: Server, send: Send) -> None:
    assert send(server, Ask([A, B], model="none")) == (
        status(MISSING, send),
        "Model with requested name is not found",
    )


@pytest.mark.parametrize("send", SENDERS)
def test_a_version_that_is_not_there(server: Server, send: Send) -> None:
    assert send(server, Ask([A, B], version="9")) == (
        status(MISSING, send),
        "Model with requested version is not found",
    )


@pytest.mark.parametrize("model", ["none", "none/versions/1"])
@pytest.mark.parametrize("path", ["", "/ready"])
def test_metadata_and_readiness_of_a_model_that_is_not_there_over_rest(
    server: Server, model: str, path: str
) -> None:
    answer = http(server, f"/v2/models/{model}{path}")
    assert answer == (404, "Model with requested name is not found")


@pytest.mark.parametrize("version", ["", "1"])
@pytest.mark.parametrize(
    ("method", "request_type"),
    [("ModelReady", pb.ModelReadyRequest), ("ModelMetadata", pb.ModelMetadataRequest)],
)
def test_metadata_and_readiness_of_a_model_that_is_not_there_over_grpc(
    server: Server, version: str, method: str, request_type: type[Any]
) -> None:
    answer = call(server, method, request_type(name="none", version=version))
    assert answer == ("NOT_FOUND", "Model with requested name is not found")


def test_a_version_that_was_retired_or_is_still_loading(
    start_server: StartServer, repository: Repository, tiny_model: ov.Model
) -> None:
    repository.add("tiny", 1, tiny_model)
    repository.add_broken("broken", 1)
    server = start_server("--config_path", str(repository.config("tiny", "broken")))
    repository.add("tiny", 2, tiny_model)
    wait_until(lambda: server.get("/v2/models/tiny/versions/1/ready")[0] == 404)
    for send in SENDERS:
        assert send(server, Ask([A, B], version="1")) == (
            status(MISSING, send),
            "Model with requested version is retired",
        )
        assert send(server, Ask([A, B], model="broken")) == (
            status(LOADING, send),
            "Model with requested version is not loaded yet",
        )


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"inputs": [', "The file is not valid json"),
        (b"", "The file is not valid json"),
        (b"[]", "Request body should be JSON object"),
        (b"{}", "Invalid JSON structure, missing inputs"),
        (b'{"inputs": 1}', "Invalid JSON structure, missing inputs"),
        (
            b'{"inputs": [{"name": "b"}]}',
            "Invalid JSON structure, inputs[0].data - Expected: an array; Actual: nothing",
        ),
    ],
)
def test_a_body_that_is_no_request(server: Server, body: bytes, words: str) -> None:
    assert http(server, "/v2/models/tiny/infer", body, "POST") == (400, words)


def test_a_value_of_the_wrong_type(server: Server) -> None:
    wrong = {"name": "b", "shape": [1, 10], "datatype": "FP32", "data": [1] * 9 + [None]}
    right = {**wrong, "name": "a", "data": [1] * 10}
    body = json.dumps({"inputs": [right, wrong]}).encode()
    code, words = http(server, "/v2/models/tiny/infer", body)
    assert code == 400
    assert words.startswith("Invalid input value - Expected: FP32, a number from ")
    assert words.endswith("; Actual: null; input name: b")


@pytest.mark.parametrize("length", ["9999", "x", "-1"])
def test_a_header_length_that_cannot_be(server: Server, length: str) -> None:
    code, words = http(
        server, "/v2/models/tiny/infer", b"{}", Inference_Header_Content_Length=length
    )
    assert code == 400
    assert "Inference-Header-Content-Length" in words


@pytest.mark.parametrize(
    ("method", "path", "answer"),
    [
        ("GET", "/v2/models/tiny/infer", (405, "Unsupported method")),
        ("DELETE", "/v2/models/tiny", (405, "Unsupported method")),
        ("POST", "/v2", (405, "Unsupported method")),
        ("GET", "/v3", (404, "Invalid request URL")),
        ("POST", "/v2/models/tiny/predict", (404, "Invalid request URL")),
        ("POST", "/v2/models/tiny/versions/x/infer", (404, "Invalid request URL")),
        ("POST", "/v2/models/tiny/versions/-1/infer", (404, "Invalid request URL")),
    ],
)
def test_a_method_or_path_that_nobody_serves(
    server: Server, method: str, path: str, answer: Answer
) -> None:
    assert http(server, path, None if method == "GET" else b"", method) == answer


def test_contents_in_both_places(server: Server) -> None:
    request = message(Ask([A, B]))
    request.inputs[1].contents.fp32_contents.extend(B.values)
    request.raw_input_contents.extend([A.raw, B.raw])
    code, words = call(server, "ModelInfer", request)
    assert code == "INVALID_ARGUMENT"
    assert words.startswith(
        "Passing buffers both in ModelInferRequest::InferInputTensor::contents and in "
        "ModelInferRequest::raw_input_contents is not allowed"
    )


def test_a_version_that_is_no_number(server: Server) -> None:
    assert grpc_raw(server, Ask([A, B], version="latest")) == (
        "INVALID_ARGUMENT",
        "Invalid model version - Expected: a positive number; Actual: latest",
    )


def test_bytes_that_are_no_message(server: Server) -> None:
    with grpc.insecure_channel(server.grpc) as channel:
        infer = channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")
        with pytest.raises(grpc.RpcError) as failed:
            infer(b"\xff\xff")
    assert failed.value.code() is grpc.StatusCode.INVALID_ARGUMENT
