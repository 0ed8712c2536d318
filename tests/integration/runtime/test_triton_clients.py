"""Triton's own clients against the real server: what they get is what OpenVINO computes."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pytest
import tritonclient.grpc
import tritonclient.grpc.aio
import tritonclient.http
import tritonclient.http.aio
from tritonclient.utils import InferenceServerException, triton_to_np_dtype

from modelserver_runtime.tensors import Array, Datatype

if TYPE_CHECKING:
    import openvino as ov

    from conftest import Server


class Client(Protocol):
    """Triton's client over one protocol, in one form of tensors."""

    def infer(self, model: str, inputs: dict[str, Array], outputs: list[str]) -> dict[str, Array]:
        """The named outputs as the client decodes them."""


class Grpc:
    def __init__(self, server: Server) -> None:
        self.connection = tritonclient.grpc.InferenceServerClient(server.grpc)

    def infer(self, model: str, inputs: dict[str, Array], outputs: list[str]) -> dict[str, Array]:
        tensors = [tensor(tritonclient.grpc.InferInput, *item) for item in inputs.items()]
        wanted = [tritonclient.grpc.InferRequestedOutput(name) for name in outputs]
        answer = self.connection.infer(model, tensors, outputs=wanted, request_id="7")
        assert answer.get_response().id == "7"
        return {name: answer.as_numpy(name) for name in outputs}


class Rest:
    def __init__(self, server: Server, *, binary: bool) -> None:
        self.connection = tritonclient.http.InferenceServerClient(server.rest)
        self.binary = binary

    def infer(self, model: str, inputs: dict[str, Array], outputs: list[str]) -> dict[str, Array]:
        tensors = [
            tensor(tritonclient.http.InferInput, *item, binary_data=self.binary)
            for item in inputs.items()
        ]
        wanted = [
            tritonclient.http.InferRequestedOutput(name, binary_data=self.binary)
            for name in outputs
        ]
        answer = self.connection.infer(model, tensors, outputs=wanted, request_id="7")
        assert answer.get_response()["id"] == "7"
        return {name: answer.as_numpy(name) for name in outputs}


def tensor(kind: Callable[..., Any], name: str, array: Array, **form: bool) -> object:
    made = kind(name, array.shape, tritonclient.utils.np_to_triton_dtype(array.dtype))
    made.set_data_from_numpy(array, **form)
    return made


@pytest.fixture(scope="module")
def clients(server: Server) -> dict[str, Client]:
    return {
        "gRPC": Grpc(server),
        "REST binary": Rest(server, binary=True),
        "REST JSON": Rest(server, binary=False),
    }


@pytest.fixture(scope="module")
def openvino_infer() -> Callable[..., dict[str, Array]]:
    """Infers with OpenVINO itself, in this process."""
    from openvino import Core

    def infer(model: ov.Model, inputs: dict[str, Array]) -> dict[str, Array]:
        compiled = Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
        results = compiled(inputs)
        return {port.get_any_name(): np.copy(value) for port, value in results.items()}

    return infer


BINARY_ONLY = {Datatype.FP16, Datatype.BF16}
FORMS = ["gRPC", "REST binary", "REST JSON"]
DATATYPES_AND_FORMS = [
    (datatype, form)
    for datatype in Datatype
    for form in FORMS
    if form != "REST JSON" or datatype not in BINARY_ONLY
]


def sample(datatype: Datatype) -> Array:
    """A [2,3] array with the datatype's extremes in it."""
    dtype = triton_to_np_dtype(datatype)
    match datatype:
        case Datatype.BYTES:
            return np.array([["", "a", "grüß"], ["x" * 300, "\n", "{}"]]).astype(np.object_)
        case Datatype.BOOL:
            return np.array([[True, False, True], [False, False, True]])
        case Datatype.FP16 | Datatype.BF16 | Datatype.FP32 | Datatype.FP64:
            return np.array([[0.1, -1.5, 0.0], [-0.0, 3e4, 1e-4]], dtype)
        case _:
            limits = np.iinfo(dtype)
            return np.array([[limits.min, limits.max, 0], [1, 2, 3]], dtype)


@pytest.mark.parametrize(("datatype", "form"), DATATYPES_AND_FORMS)
def test_every_datatype_comes_out_as_openvino_gives_it(
    clients: dict[str, Client],
    openvino_infer: Callable[..., dict[str, Array]],
    identity_model: Callable[[Datatype], ov.Model],
    datatype: Datatype,
    form: str,
) -> None:
    x = sample(datatype)
    answer = clients[form].infer(f"identity_{datatype.lower()}", {"x": x}, ["y"])["y"]
    if datatype is Datatype.BYTES:
        decoded = [each.decode() if isinstance(each, bytes) else each for each in answer.flat]
        expected = openvino_infer(identity_model(datatype), {"x": x.astype(np.str_)})["y"]
        assert decoded == expected.ravel().tolist() == x.ravel().tolist()
    elif datatype is Datatype.BF16:
        # OpenVINO's Python API takes no BF16 array: its answer is the bit pattern that went in.
        assert answer.tobytes() == x.tobytes()
    else:
        expected = openvino_infer(identity_model(datatype), {"x": x})["y"]
        np.testing.assert_array_equal(answer, expected, strict=True)


@pytest.mark.parametrize("form", FORMS)
def test_a_sum_is_the_sum_that_openvino_makes(
    clients: dict[str, Client],
    openvino_infer: Callable[..., dict[str, Array]],
    tiny_model: ov.Model,
    form: str,
) -> None:
    random = np.random.default_rng(7)
    inputs = {name: random.standard_normal((1, 10), np.float32) for name in "ab"}
    answer = clients[form].infer("tiny", inputs, ["sum"])
    np.testing.assert_array_equal(answer["sum"], openvino_infer(tiny_model, inputs)["sum"])


@pytest.mark.parametrize("form", ["gRPC", "REST binary"])
def test_a_large_tensor_comes_back_whole(clients: dict[str, Client], form: str) -> None:
    x = np.random.default_rng(7).standard_normal((1000, 2001), np.float32)
    answer = clients[form].infer("identity_fp32", {"x": x}, ["y"])
    np.testing.assert_array_equal(answer["y"], x)


@pytest.mark.parametrize("form", ["gRPC", "REST binary"])
@pytest.mark.parametrize("value", [b"a\0b", b"\xff\xfe", b"end\0", b"\0\0", b""])
def test_bytes_are_neither_cut_nor_read_as_text(
    clients: dict[str, Client], form: str, value: bytes
) -> None:
    x = np.array([[value, b""]], np.object_)
    assert clients[form].infer("identity_bytes", {"x": x}, ["y"])["y"].tolist() == x.tolist()


@pytest.mark.parametrize("form", ["gRPC", "REST binary"])
def test_an_empty_tensor_stays_empty(clients: dict[str, Client], form: str) -> None:
    x = np.empty((0, 3), np.float32)
    assert clients[form].infer("identity_fp32", {"x": x}, ["y"])["y"].shape == (0, 3)


def test_nan_over_json_is_an_error_that_names_the_way_out(clients: dict[str, Client]) -> None:
    x = np.array([[np.nan]], np.float32)
    rest = clients["REST binary"]
    rest_json = clients["REST JSON"]
    assert np.isnan(rest.infer("identity_fp32", {"x": x}, ["y"])["y"])
    assert isinstance(rest_json, Rest)
    with pytest.raises(InferenceServerException) as failed:
        rest_json.connection.infer(
            "identity_fp32",
            [tensor(tritonclient.http.InferInput, "x", x)],
            outputs=[tritonclient.http.InferRequestedOutput("y", binary_data=False)],
        )
    assert failed.value.status() == "500"
    assert "ask for it as binary data" in failed.value.message()


def test_both_protocols_tell_the_same_of_a_model(server: Server) -> None:
    rest = tritonclient.http.InferenceServerClient(server.rest)
    grpc = tritonclient.grpc.InferenceServerClient(server.grpc)
    for model in ("tiny", "identity_bytes"):
        of_grpc = grpc.get_model_metadata(model, as_json=True)
        of_rest = rest.get_model_metadata(model)
        for tensors in (of_rest["inputs"], of_rest["outputs"]):
            for each in tensors:
                each["shape"] = [str(size) for size in each["shape"]]  # protobuf's JSON of int64
        assert of_grpc == of_rest
        assert rest.is_model_ready(model)
        assert grpc.is_model_ready(model)


def test_both_protocols_tell_the_same_of_the_server(server: Server) -> None:
    rest = tritonclient.http.InferenceServerClient(server.rest)
    grpc = tritonclient.grpc.InferenceServerClient(server.grpc)
    assert grpc.get_server_metadata(as_json=True) == rest.get_server_metadata()
    assert rest.is_server_live()
    assert grpc.is_server_live()
    assert rest.is_server_ready()
    assert grpc.is_server_ready()


async def test_the_asyncio_clients_infer_too(server: Server) -> None:
    x = np.ones((1, 10), np.float32)
    async with tritonclient.http.aio.InferenceServerClient(server.rest) as rest:
        inputs = [tensor(tritonclient.http.InferInput, name, x) for name in "ab"]
        assert (await rest.infer("tiny", inputs)).as_numpy("sum").tolist() == [[2.0] * 10]
    async with tritonclient.grpc.aio.InferenceServerClient(server.grpc) as grpc:
        inputs = [tensor(tritonclient.grpc.InferInput, name, x) for name in "ab"]
        assert (await grpc.infer("tiny", inputs)).as_numpy("sum").tolist() == [[2.0] * 10]


@pytest.mark.parametrize("form", ["gRPC", "REST binary"])
def test_several_outputs_come_back_and_parameters_with_them(server: Server, form: str) -> None:
    kit = tritonclient.grpc if form == "gRPC" else tritonclient.http
    client = kit.InferenceServerClient(server.grpc if form == "gRPC" else server.rest)
    inputs = [tensor(kit.InferInput, "x", np.array([[1, 2]], np.int64))]
    wanted = [kit.InferRequestedOutput(name) for name in ("y", "y")]
    answer = client.infer("identity_int64", inputs, outputs=wanted, parameters={"trace": "on"})
    response = answer.get_response()
    outputs = response.outputs if form == "gRPC" else response["outputs"]
    assert len(outputs) == 2
    parameters = response.parameters if form == "gRPC" else response["parameters"]
    traced = parameters["trace"]
    assert (traced.string_param if form == "gRPC" else traced) == "on"


@pytest.mark.parametrize("asked", [None, "gzip", "deflate"])
@pytest.mark.parametrize("answered", [None, "gzip", "deflate"])
def test_bodies_are_compressed_either_way(
    server: Server, asked: str | None, answered: str | None
) -> None:
    x = np.zeros((300, 300), np.float32)
    client = tritonclient.http.InferenceServerClient(server.rest)
    answer = client.infer(
        "identity_fp32",
        [tensor(tritonclient.http.InferInput, "x", x)],
        request_compression_algorithm=asked,
        response_compression_algorithm=answered,
    )
    np.testing.assert_array_equal(answer.as_numpy("y"), x)


def test_a_compressed_call_over_grpc_is_answered(server: Server) -> None:
    x = np.zeros((300, 300), np.float32)
    client = tritonclient.grpc.InferenceServerClient(server.grpc)
    inputs = [tensor(tritonclient.grpc.InferInput, "x", x)]
    answer = client.infer("identity_fp32", inputs, compression_algorithm="gzip")
    np.testing.assert_array_equal(answer.as_numpy("y"), x)


def test_both_protocols_tell_the_same_configuration(server: Server) -> None:
    of_rest = tritonclient.http.InferenceServerClient(server.rest).get_model_config("tiny")
    of_grpc = tritonclient.grpc.InferenceServerClient(server.grpc).get_model_config("tiny")
    assert of_rest["input"] == [
        {"name": name, "data_type": "TYPE_FP32", "dims": [1, 10]} for name in "ab"
    ]
    assert of_rest["max_batch_size"] == of_grpc.config.max_batch_size == 0
    assert [list(each.dims) for each in of_grpc.config.input] == [[1, 10], [1, 10]]
    assert of_rest["instance_group"][0]["kind"] == "KIND_CPU"
    assert of_grpc.config.instance_group[0].count >= 1


def test_statistics_add_up(server: Server) -> None:
    rest = tritonclient.http.InferenceServerClient(server.rest)
    grpc = tritonclient.grpc.InferenceServerClient(server.grpc)
    [before] = rest.get_inference_statistics("identity_int8")["model_stats"]
    good = [tensor(tritonclient.http.InferInput, "x", np.array([[1]], np.int8))]
    bad = [tensor(tritonclient.http.InferInput, "x", np.array([[1]], np.int16))]
    rest.infer("identity_int8", good)
    with pytest.raises(InferenceServerException):
        rest.infer("identity_int8", bad)
    [after] = rest.get_inference_statistics("identity_int8")["model_stats"]
    [same] = grpc.get_inference_statistics("identity_int8").model_stats
    asked, done = before["inference_stats"], after["inference_stats"]
    assert after["inference_count"] == before["inference_count"] + 1 == same.inference_count
    assert done["success"]["count"] == asked["success"]["count"] + 1
    assert done["fail"]["count"] == asked["fail"]["count"] + 1 == same.inference_stats.fail.count
    parts = ("queue", "compute_input", "compute_infer", "compute_output")
    assert sum(done[part]["ns"] for part in parts) == pytest.approx(done["success"]["ns"], abs=9)
    assert after["last_inference"] == pytest.approx(time.time() * 1e3, abs=60e3)


def test_statistics_are_told_of_all_models_or_of_one(server: Server) -> None:
    rest = tritonclient.http.InferenceServerClient(server.rest)
    grpc = tritonclient.grpc.InferenceServerClient(server.grpc)
    assert {"tiny", "identity_bf16"} <= {
        each["name"] for each in rest.get_inference_statistics()["model_stats"]
    }
    assert len(grpc.get_inference_statistics("tiny", "1").model_stats) == 1
    for client in (rest, grpc):
        with pytest.raises(InferenceServerException, match="requested name is not found"):
            client.get_inference_statistics("nobody")
        with pytest.raises(InferenceServerException, match="requested version is not found"):
            client.get_inference_statistics("tiny", "7")


def test_a_stream_is_answered_in_order_and_survives_a_mistake(server: Server) -> None:
    answers: queue.Queue[tuple[Any, InferenceServerException | None]] = queue.Queue()
    with tritonclient.grpc.InferenceServerClient(server.grpc) as client:
        client.start_stream(lambda result, error: answers.put((result, error)))
        for number in range(100):
            model = "nobody" if number == 50 else "tiny"
            values = np.full((1, 10), number, np.float32)
            tensors = [tensor(tritonclient.grpc.InferInput, name, values) for name in "ab"]
            client.async_stream_infer(model, tensors, request_id=str(number))
        received = [answers.get(timeout=10) for _ in range(100)]
        client.stop_stream()

    (result, mistake) = received.pop(50)
    assert result is None
    assert "Model with requested name is not found" in str(mistake)
    sums = {result.get_response().id: result.as_numpy("sum")[0, 0] for result, _ in received}
    assert list(sums.items()) == [(str(n), 2.0 * n) for n in range(100) if n != 50]
