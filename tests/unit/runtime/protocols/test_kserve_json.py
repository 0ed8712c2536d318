"""KServe v2 over REST, with Triton's client as the other side of the wire."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput
from tritonclient.utils import triton_to_np_dtype

from modelserver_runtime.contents import to_array
from modelserver_runtime.descriptions import ModelMetadata
from modelserver_runtime.errors import Inexpressible, InvalidRequest
from modelserver_runtime.protocols.kserve_json import (
    decode_infer,
    encode_error,
    encode_infer,
    encode_model_metadata,
    encode_server_metadata,
)
from modelserver_runtime.requests import InferRequest, InferResponse, RequestedOutput
from modelserver_runtime.tensors import Array, Datatype, Dimension, OutputTensor, TensorSpec

BINARY_ONLY = {Datatype.FP16, Datatype.BF16}
FORMS = [
    pytest.param(datatype, binary, id=f"{datatype}-{'binary' if binary else 'json'}")
    for datatype in Datatype
    for binary in (True, False)
    if binary or datatype not in BINARY_ONLY
]
SAMPLES: dict[Datatype, list[Any]] = {
    Datatype.BOOL: [True, False],
    Datatype.INT64: [-(2**63), 2**63 - 1],
    Datatype.UINT64: [0, 2**64 - 1],
    Datatype.FP32: [0.1, -3e38],
    Datatype.FP64: [0.1, 1e300],
    Datatype.BYTES: ["grüß", "dich"],
}


def sample(datatype: Datatype) -> Array:
    """A [1,2] array as Triton's client holds it."""
    return np.array([SAMPLES.get(datatype, [1, 2])], triton_to_np_dtype(datatype))


def triton_request(*inputs: InferInput, **options: object) -> tuple[bytes, int | None]:
    return InferenceServerClient.generate_request_body(list(inputs), **options)


def triton_input(datatype: Datatype, *, binary: bool, name: str = "x") -> InferInput:
    tensor = InferInput(name, [1, 2], datatype)
    tensor.set_data_from_numpy(sample(datatype), binary_data=binary)
    return tensor


def body(**changes: object) -> bytes:
    """A valid request of one input, changed; None takes a key away."""
    request = {"inputs": [{"name": "b", "shape": [2], "datatype": "FP32", "data": [1, 2]}]}
    return orjson.dumps({k: v for k, v in {**request, **changes}.items() if v is not None})


def body_with_input(**changes: object) -> bytes:
    tensor = {"name": "b", "shape": [2], "datatype": "FP32", "data": [1, 2], **changes}
    return body(inputs=[{k: v for k, v in tensor.items() if v is not None}])


def request_for(*outputs: RequestedOutput, binary: bool = False) -> InferRequest:
    return InferRequest((), outputs or None, "", {}, binary)


def response_of(**arrays: Array) -> InferResponse:
    outputs = [OutputTensor(name, Datatype.FP32, array) for name, array in arrays.items()]
    return InferResponse("m", 3, "", outputs)


ONE = np.array([[1.5, 2.5]], np.float32)


@pytest.mark.parametrize(("datatype", "binary"), FORMS)
def test_it_reads_what_tritons_client_writes(datatype: Datatype, binary: bool) -> None:
    document, header_length = triton_request(triton_input(datatype, binary=binary))
    [tensor] = decode_infer(document, header_length).inputs
    array = to_array(tensor, datatype)
    assert (tensor.name, tensor.datatype, array.shape) == ("x", datatype, (1, 2))
    if datatype is Datatype.BYTES:
        assert [element.decode() for element in array.flat] == SAMPLES[datatype]
    elif datatype is Datatype.BF16:
        assert array.tobytes() == sample(datatype).tobytes()
    else:
        np.testing.assert_array_equal(array, sample(datatype), strict=True)


def test_binary_and_json_inputs_may_stand_side_by_side() -> None:
    document, header_length = triton_request(
        triton_input(Datatype.FP32, binary=True, name="a"),
        triton_input(Datatype.INT8, binary=False, name="b"),
        triton_input(Datatype.BYTES, binary=True, name="c"),
    )
    a, b, c = decode_infer(document, header_length).inputs
    np.testing.assert_array_equal(to_array(a, Datatype.FP32), sample(Datatype.FP32))
    np.testing.assert_array_equal(to_array(b, Datatype.INT8), sample(Datatype.INT8))
    assert to_array(c, Datatype.BYTES).tolist() == [["grüß".encode(), b"dich"]]


def test_binary_inputs_point_into_the_body() -> None:
    document, header_length = triton_request(triton_input(Datatype.FP32, binary=True))
    received = bytearray(document)
    [tensor] = decode_infer(received, header_length).inputs
    to_array(tensor, Datatype.FP32)[...] = 0
    assert received.endswith(bytes(8))


def test_the_only_input_may_leave_its_size_to_the_header() -> None:
    document = body_with_input(data=None)
    [tensor] = decode_infer(document + ONE.tobytes(), len(document)).inputs
    np.testing.assert_array_equal(to_array(tensor, Datatype.FP32), ONE[0])


def test_outputs_id_and_parameters_are_read() -> None:
    wanted = [InferRequestedOutput("b"), InferRequestedOutput("a", binary_data=False)]
    document, header_length = triton_request(
        triton_input(Datatype.FP32, binary=False),
        outputs=wanted,
        request_id="7",
        parameters={"my": "own"},
    )
    request = decode_infer(document, header_length)
    assert request.outputs == (
        RequestedOutput("b", binary=True),
        RequestedOutput("a", binary=False),
    )
    assert request.id == "7"
    assert request.parameters["my"] == "own"


def test_without_outputs_tritons_client_wants_all_of_them_binary() -> None:
    document, header_length = triton_request(triton_input(Datatype.FP32, binary=False))
    request = decode_infer(document, header_length)
    assert request.outputs is None
    assert request.binary_outputs


def test_an_empty_list_of_outputs_asks_for_all() -> None:
    assert decode_infer(body(outputs=[])).outputs is None


def test_a_plain_request_gets_json() -> None:
    request = decode_infer(body())
    assert (request.outputs, request.id, request.binary_outputs) == (None, "", False)


@pytest.mark.parametrize("binary", [True, False], ids=["binary", "json"])
@pytest.mark.parametrize("datatype", Datatype)
def test_tritons_client_reads_what_it_writes(datatype: Datatype, binary: bool) -> None:
    document, header_length = triton_request(triton_input(datatype, binary=True))
    [tensor] = decode_infer(document, header_length).inputs
    output = OutputTensor("y", datatype, to_array(tensor, datatype))
    parts, length = encode_infer(InferResponse("m", 1, "", [output]), request_for(binary=binary))
    answer = InferenceServerClient.parse_response_body(b"".join(parts), header_length=length)
    expected = sample(datatype)
    if datatype is Datatype.BYTES and binary:
        expected = np.array([[text.encode() for text in SAMPLES[datatype]]], np.object_)
    np.testing.assert_array_equal(answer.as_numpy("y"), expected)


def test_each_output_takes_the_form_it_was_asked_for_in() -> None:
    wanted = request_for(
        RequestedOutput("a"), RequestedOutput("b", binary=True), RequestedOutput("c", binary=False)
    )
    parts, header_length = encode_infer(response_of(a=ONE, b=ONE, c=ONE), wanted)
    document = orjson.loads(parts[0])
    described = {"shape": [1, 2], "datatype": "FP32"}
    assert document["outputs"] == [
        {"name": "a", **described, "data": [1.5, 2.5]},
        {"name": "b", **described, "parameters": {"binary_data_size": 8}},
        {"name": "c", **described, "data": [1.5, 2.5]},
    ]
    assert parts[1:] == [ONE.tobytes()]
    assert header_length == len(parts[0])


def test_a_form_left_open_follows_the_request() -> None:
    wanted = request_for(RequestedOutput("a"), RequestedOutput("b", binary=False), binary=True)
    parts, _ = encode_infer(response_of(a=ONE, b=ONE), wanted)
    assert parts[1:] == [ONE.tobytes()]


def test_an_answer_names_model_and_version_and_echoes_the_id() -> None:
    [document], header_length = encode_infer(InferResponse("m", 3, "7", []), request_for())
    assert orjson.loads(document) == {
        "model_name": "m",
        "model_version": "3",
        "id": "7",
        "outputs": [],
    }
    assert header_length is None


def test_an_answer_without_an_id_has_none() -> None:
    [document], _ = encode_infer(response_of(), request_for())
    assert "id" not in orjson.loads(document)


def test_the_answer_outlives_the_engines_memory() -> None:
    memory = ONE.copy()
    parts, _ = encode_infer(response_of(a=memory), request_for(binary=True))
    memory[...] = 0
    assert parts[1] == ONE.tobytes()


def test_nan_can_be_had_as_binary_data() -> None:
    nan = np.array([np.nan], np.float32)
    with pytest.raises(Inexpressible, match="ask for it as binary data"):
        encode_infer(response_of(a=nan), request_for())
    parts, _ = encode_infer(response_of(a=nan), request_for(binary=True))
    assert parts[1] == nan.tobytes()


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (b"", "The file is not valid json"),
        (b'{"inputs":[', "The file is not valid json"),
        (b'{"inputs":[NaN]}', "The file is not valid json"),
        (b'"\xff"', "The file is not valid json"),
        (b"[]", "Request body should be JSON object"),
        (b"{}", "Invalid JSON structure, missing inputs"),
        (body(inputs={}), "Invalid JSON structure, missing inputs"),
        (
            body(inputs=["b"]),
            'Invalid JSON structure, inputs[0] - Expected: an object; Actual: "b"',
        ),
        (
            body_with_input(name=None),
            "Invalid JSON structure, inputs[0].name - Expected: a string; Actual: nothing",
        ),
        (
            body_with_input(name=7),
            "Invalid JSON structure, inputs[0].name - Expected: a string; Actual: 7",
        ),
        (
            body_with_input(datatype=None),
            "Invalid JSON structure, inputs[0].datatype - Expected: a string; Actual: nothing",
        ),
        (
            body_with_input(shape=[1, 2.5]),
            "Invalid JSON structure, inputs[0].shape - Expected: an array of integers; "
            "Actual: [1, 2.5]",
        ),
        (
            body_with_input(shape=[True]),
            "Invalid JSON structure, inputs[0].shape - Expected: an array of integers; "
            "Actual: [true]",
        ),
        (
            body_with_input(shape=None),
            "Invalid JSON structure, inputs[0].shape - Expected: an array of integers; "
            "Actual: nothing",
        ),
        (
            body_with_input(data=None),
            "Invalid JSON structure, inputs[0].data - Expected: an array; Actual: nothing",
        ),
        (
            body_with_input(data=1.5),
            "Invalid JSON structure, inputs[0].data - Expected: an array; Actual: 1.5",
        ),
        (
            body_with_input(parameters=[]),
            "Invalid JSON structure, inputs[0].parameters - Expected: an object; Actual: []",
        ),
        (
            body_with_input(data=None, parameters={"binary_data_size": -1}),
            "Invalid JSON structure, inputs[0].parameters.binary_data_size - "
            "Expected: a number of bytes; Actual: -1",
        ),
        (
            body_with_input(parameters={"binary_data_size": 8}),
            "Request contains values both in binary data and in content value - "
            "Expected: inputs[0].data or inputs[0].parameters.binary_data_size; Actual: both",
        ),
        (
            body(id=7),
            "Invalid JSON structure, id - Expected: a string; Actual: 7",
        ),
        (
            body(parameters={"binary_data_output": "yes"}),
            "Invalid JSON structure, parameters.binary_data_output - "
            'Expected: true or false; Actual: "yes"',
        ),
        (
            body(outputs={"name": "a"}),
            'Invalid JSON structure, outputs - Expected: an array; Actual: {"name": "a"}',
        ),
        (
            body(outputs=[{}]),
            "Invalid JSON structure, outputs[0].name - Expected: a string; Actual: nothing",
        ),
        (
            body(outputs=[{"name": "a", "parameters": {"binary_data": 1}}]),
            "Invalid JSON structure, outputs[0].parameters.binary_data - "
            "Expected: true or false; Actual: 1",
        ),
    ],
)
def test_a_body_of_another_structure_is_refused(document: bytes, message: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        decode_infer(document)
    assert refused.value.message == message


@pytest.mark.parametrize(
    ("tail", "message"),
    [
        (
            bytes(7),
            "Received buffer size is smaller than binary_data_size parameter indicates - "
            "Expected: 8 bytes; Actual: 7 bytes",
        ),
        (
            bytes(9),
            "Received buffer size is larger than binary_data_size parameter indicates - "
            "Expected: 8 bytes; Actual: 9 bytes",
        ),
    ],
)
def test_a_tail_that_does_not_add_up_is_refused(tail: bytes, message: str) -> None:
    document = body_with_input(data=None, parameters={"binary_data_size": 8})
    with pytest.raises(InvalidRequest) as refused:
        decode_infer(document + tail, len(document))
    assert refused.value.message == message


@pytest.mark.parametrize("header_length", [-1, 10_000])
def test_a_header_length_beyond_the_body_is_refused(header_length: int) -> None:
    with pytest.raises(InvalidRequest, match="exceeds actual payload length") as refused:
        decode_infer(body(), header_length)
    assert f"at most {len(body())} bytes; Actual: {header_length} bytes" in refused.value.message


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.floats(allow_nan=False)
    | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@given(
    tensor=st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(("name", "shape", "datatype", "data", "parameters"), JSON),
    ),
    rest=st.fixed_dictionaries({}, optional=dict.fromkeys(("id", "outputs", "parameters"), JSON)),
    tail=st.binary(max_size=9),
)
def test_any_body_is_read_or_refused(
    tensor: dict[str, Any], rest: dict[str, Any], tail: bytes
) -> None:
    document = orjson.dumps({"inputs": [tensor], **rest})
    with suppress(InvalidRequest):
        [read] = decode_infer(document + tail, len(document)).inputs
        to_array(read, Datatype.FP32)


def test_metadata_says_what_a_model_takes() -> None:
    spec = TensorSpec("b", Datatype.FP32, (Dimension(1, None), Dimension.of(10)))
    metadata = ModelMetadata("m", 3, (1, 3), "OpenVINO", (spec,), (spec,))
    described = {"name": "b", "datatype": "FP32", "shape": [-1, 10]}
    assert orjson.loads(encode_model_metadata(metadata)) == {
        "name": "m",
        "versions": ["1", "3"],
        "platform": "OpenVINO",
        "inputs": [described],
        "outputs": [described],
    }


def test_server_metadata_names_the_extensions() -> None:
    assert orjson.loads(encode_server_metadata("s", "1.0", ("binary_tensor_data",))) == {
        "name": "s",
        "version": "1.0",
        "extensions": ["binary_tensor_data"],
    }


def test_an_error_is_one_key() -> None:
    assert encode_error("no") == b'{"error":"no"}'
