"""Triton's own clients against the real server: what they get is what OpenVINO computes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pytest
import tritonclient.grpc
import tritonclient.http
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
