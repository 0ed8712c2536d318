"""TensorFlow Serving's protocol with OpenVINO Model Server's own client, and as curl would."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import grpc
import numpy as np
import pytest
from ovmsclient import make_grpc_client, make_http_client
from ovmsclient.tfs_compat.base.errors import InvalidInputError, ModelNotFoundError
from ovmsclient.tfs_compat.base.serving_client import ServingClient
from ovmsclient.tfs_compat.protos.tensorflow_serving.apis import get_model_status_pb2 as status_pb2
from ovmsclient.tfs_compat.protos.tensorflow_serving.apis.model_service_pb2_grpc import (
    ModelServiceStub,
)

if TYPE_CHECKING:
    from conftest import Server

A = np.arange(10, dtype=np.float32).reshape(1, 10)
B = np.full((1, 10), 0.5, np.float32)


@pytest.fixture(params=[make_grpc_client, make_http_client], ids=["gRPC", "REST"])
def client(server: Server, request: pytest.FixtureRequest) -> ServingClient:
    address = server.grpc if request.param is make_grpc_client else server.rest
    return request.param(address)


def test_a_sum_comes_back(client: ServingClient) -> None:
    np.testing.assert_array_equal(client.predict({"a": A, "b": B}, "tiny"), A + B)
    np.testing.assert_array_equal(client.predict({"a": A, "b": B}, "tiny", 1), A + B)


def test_text_comes_back(client: ServingClient) -> None:
    answer = client.predict({"x": [[b"abc", b"d"]]}, "identity_bytes")
    texts = [text.decode() if isinstance(text, bytes) else text for text in np.ravel(answer)]
    assert texts == ["abc", "d"]


def test_metadata_and_status_are_understood(client: ServingClient) -> None:
    tensor = {"dtype": "DT_FLOAT", "shape": [1, 10]}
    metadata = client.get_model_metadata("tiny")
    assert metadata["inputs"] == {"a": tensor, "b": tensor}
    assert metadata["outputs"] == {"sum": tensor}
    assert metadata["model_version"] == 1
    assert client.get_model_status("tiny")[1]["state"] == "AVAILABLE"
    assert client.get_model_status("tiny", 1)[1]["error_message"] == "OK"


def test_mistakes_are_the_clients_own_errors(client: ServingClient) -> None:
    with pytest.raises(ModelNotFoundError, match="Model with requested name is not found"):
        client.predict({"a": A, "b": B}, "nobody")
    with pytest.raises(ModelNotFoundError, match="Model with requested version is not found"):
        client.get_model_status("tiny", 7)
    with pytest.raises(InvalidInputError, match="Missing input with specific name"):
        client.predict({"a": A, "c": B}, "tiny")


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (
            {"instances": [{"a": A[0].tolist(), "b": B[0].tolist()}]},
            {"predictions": (A + B).tolist()},
        ),
        ({"inputs": {"a": A.tolist(), "b": B.tolist()}}, {"outputs": (A + B).tolist()}),
    ],
)
def test_rows_and_columns(server: Server, document: Any, expected: Any) -> None:  # noqa: ANN401
    for path in ("/v1/models/tiny:predict", "/v1/models/tiny/versions/1:predict"):
        assert server.ask(path, document) == (200, expected)


@pytest.mark.parametrize("model", ["identity_fp16", "identity_bf16", "identity_fp64"])
def test_floating_point_of_any_width_is_numbers(server: Server, model: str) -> None:
    document = {"instances": [[1.5, -0.25]]}
    assert server.ask(f"/v1/models/{model}:predict", document) == (
        200,
        {"predictions": [[1.5, -0.25]]},
    )


def test_binary_values_are_base64_both_ways(server: Server) -> None:
    value = {"b64": base64.b64encode(b"\xff\0").decode()}
    answer = server.ask("/v1/models/identity_bytes:predict", {"instances": [[value]]})
    assert answer == (200, {"predictions": [[value]]})


def test_a_model_that_nobody_knows(server: Server) -> None:
    unknown = {"error": "Model with requested name is not found"}
    assert server.ask("/v1/models/nobody:predict", {"instances": []}) == (404, unknown)
    assert server.ask("/v1/models/nobody") == (404, unknown)
    assert server.ask("/v1/models/nobody/metadata") == (404, unknown)


def test_a_label_is_refused_over_grpc(server: Server) -> None:
    asked = status_pb2.GetModelStatusRequest()
    asked.model_spec.name, asked.model_spec.version_label = "tiny", "stable"
    with grpc.insecure_channel(server.grpc) as channel, pytest.raises(grpc.RpcError) as failed:
        ModelServiceStub(channel).GetModelStatus(asked)
    assert failed.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_what_is_asked_is_counted_under_the_protocols_own_names(server: Server) -> None:
    def counts() -> dict[str, int]:
        lines = server.get("/metrics")[1].decode().splitlines()
        return {
            line.rpartition(" ")[0]: int(line.rpartition(" ")[2])
            for line in lines
            if 'name="identity_fp64"' in line and "TensorFlowServing" in line
        }

    before = counts()
    server.ask("/v1/models/identity_fp64:predict", {"instances": [[1]]})
    server.ask("/v1/models/identity_fp64:predict", {"instances": [["x"]]})
    server.ask("/v1/models/identity_fp64/metadata")
    server.ask("/v1/models/identity_fp64")
    after = counts()
    labels = 'api="TensorFlowServing",interface="REST",method='
    named, versioned = 'name="identity_fp64"', 'name="identity_fp64",version="1"'
    assert {key: after[key] - before[key] for key in after if after[key] != before[key]} == {
        f'ovms_requests_success{{{labels}"Predict",{versioned}}}': 1,
        f'ovms_requests_fail{{{labels}"Predict",{versioned}}}': 1,
        f'ovms_requests_success{{{labels}"GetModelMetadata",{versioned}}}': 1,
        f'ovms_requests_success{{{labels}"GetModelStatus",{named}}}': 1,
    }
    assert len(after) == 2 * 2 * 3
