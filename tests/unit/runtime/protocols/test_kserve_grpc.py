"""KServe v2 over gRPC, with Triton's client as the other side of the wire."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from tritonclient.grpc import InferInput, InferRequestedOutput, InferResult
from tritonclient.grpc import service_pb2 as triton
from tritonclient.grpc._utils import _get_inference_request
from tritonclient.utils import triton_to_np_dtype

from modelserver_runtime.contents import to_array
from modelserver_runtime.descriptions import ModelMetadata
from modelserver_runtime.errors import InvalidRequest
from modelserver_runtime.protocols.kserve_grpc import (
    decode_infer,
    decode_version,
    encode_infer,
    encode_model_metadata,
)
from modelserver_runtime.protocols.proto import grpc_predict_v2_pb2 as pb
from modelserver_runtime.requests import InferRequest, InferResponse, RequestedOutput
from modelserver_runtime.tensors import (
    NUMPY_DTYPES,
    Array,
    Datatype,
    Dimension,
    OutputTensor,
    TensorSpec,
)

FIELDS = {
    Datatype.BOOL: "bool_contents",
    Datatype.INT8: "int_contents",
    Datatype.INT16: "int_contents",
    Datatype.INT32: "int_contents",
    Datatype.INT64: "int64_contents",
    Datatype.UINT8: "uint_contents",
    Datatype.UINT16: "uint_contents",
    Datatype.UINT32: "uint_contents",
    Datatype.UINT64: "uint64_contents",
    Datatype.FP32: "fp32_contents",
    Datatype.FP64: "fp64_contents",
    Datatype.BYTES: "bytes_contents",
}


def sample(datatype: Datatype) -> Array:
    """A [1,2] array as Triton's client holds it."""
    values = [b"\xff\0", b"b"] if datatype is Datatype.BYTES else [0, 1]
    return np.array([values], triton_to_np_dtype(datatype))


def triton_request(
    datatype: Datatype, outputs: Sequence[InferRequestedOutput] | None = None
) -> bytes:
    tensor = InferInput("x", [1, 2], datatype)
    tensor.set_data_from_numpy(sample(datatype))
    request = _get_inference_request("m", [tensor], "3", "7", outputs, 0, False, False, 0, 5, None)
    return request.SerializeToString()


def read(wire: bytes) -> InferRequest:
    return decode_infer(pb.ModelInferRequest.FromString(wire))


def typed_request(
    datatype: str, field: str | None, values: Sequence[object]
) -> pb.ModelInferRequest:
    message = pb.ModelInferRequest(model_name="m")
    tensor = message.inputs.add(name="x", datatype=datatype, shape=[len(values)])
    if field:
        getattr(tensor.contents, field).extend(values)
    return message


@pytest.mark.parametrize("datatype", Datatype)
def test_it_reads_what_tritons_client_writes(datatype: Datatype) -> None:
    [tensor] = read(triton_request(datatype)).inputs
    array = to_array(tensor, datatype)
    assert (tensor.name, tensor.datatype, array.shape) == ("x", datatype, (1, 2))
    assert array.tolist() == sample(datatype).view(array.dtype).tolist()


@pytest.mark.parametrize("datatype", Datatype)
def test_tritons_client_reads_what_it_writes(datatype: Datatype) -> None:
    [tensor] = read(triton_request(datatype)).inputs
    output = OutputTensor("y", datatype, to_array(tensor, datatype))
    wire = encode_infer(InferResponse("m", 3, "7", [output])).SerializeToString()
    answer = triton.ModelInferResponse.FromString(wire)
    assert (answer.model_name, answer.model_version, answer.id) == ("m", "3", "7")
    np.testing.assert_array_equal(InferResult(answer).as_numpy("y"), sample(datatype))


@pytest.mark.parametrize("datatype", FIELDS)
@given(data=st.data())
def test_typed_contents_come_as_they_are(datatype: Datatype, data: st.DataObject) -> None:
    if datatype is Datatype.BYTES:
        values: list[object] = data.draw(st.lists(st.binary(max_size=5), max_size=5))
    else:
        values = data.draw(hnp.arrays(NUMPY_DTYPES[datatype], st.integers(0, 5))).tolist()
    [tensor] = decode_infer(typed_request(datatype, FIELDS[datatype], values)).inputs
    array = to_array(tensor, datatype)
    assert array.dtype == NUMPY_DTYPES[datatype]
    np.testing.assert_array_equal(array, np.array(values, array.dtype))


def test_outputs_id_and_parameters_are_read() -> None:
    outputs = [InferRequestedOutput("b"), InferRequestedOutput("a")]
    request = read(triton_request(Datatype.FP32, outputs))
    assert request.outputs == (RequestedOutput("b"), RequestedOutput("a"))
    assert request.id == "7"
    assert request.parameters == {"timeout": 5}


def test_a_request_that_names_no_outputs_wants_all() -> None:
    assert read(triton_request(Datatype.FP32)).outputs is None


def test_contents_in_both_places_are_refused() -> None:
    message = typed_request("FP32", "fp32_contents", [1.0])
    message.raw_input_contents.append(b"1234")
    with pytest.raises(InvalidRequest) as refused:
        decode_infer(message)
    assert refused.value.message == (
        "Passing buffers both in ModelInferRequest::InferInputTensor::contents and in "
        "ModelInferRequest::raw_input_contents is not allowed; input name: x"
    )


def test_raw_contents_for_some_inputs_only_are_refused() -> None:
    message = typed_request("FP32", None, [])
    message.inputs.add(name="z", datatype="FP32")
    message.raw_input_contents.append(b"1234")
    with pytest.raises(InvalidRequest) as refused:
        decode_infer(message)
    assert refused.value.message == (
        "Size of raw_input_contents: 1 is different than number of inputs: 2"
    )


@pytest.mark.parametrize("datatype", ["FP16", "BF16"])
def test_half_precision_without_raw_contents_is_refused(datatype: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        decode_infer(typed_request(datatype, "fp32_contents", [1.0]))
    assert refused.value.message == (
        f"Invalid input content - Expected: {datatype} in raw_input_contents; "
        "Actual: none there; input name: x"
    )


def test_values_in_the_field_of_another_datatype_are_not_counted() -> None:
    [tensor] = decode_infer(typed_request("FP32", "int_contents", [1])).inputs
    with pytest.raises(InvalidRequest, match="Expected: 1 values; Actual: 0 values; input name: x"):
        to_array(tensor, Datatype.FP32)


def test_a_datatype_that_nobody_knows_is_left_to_the_model_to_refuse() -> None:
    [tensor] = decode_infer(typed_request("FLOAT", "fp32_contents", [1.0])).inputs
    assert tensor.datatype == "FLOAT"


def test_metadata_says_what_a_model_takes() -> None:
    spec = TensorSpec("b", Datatype.FP32, (Dimension(1, None), Dimension.of(10)))
    wire = encode_model_metadata(
        ModelMetadata("m", 3, (1, 3), "OpenVINO", (spec,), (spec,))
    ).SerializeToString()
    answer = triton.ModelMetadataResponse.FromString(wire)
    assert (answer.name, answer.versions, answer.platform) == ("m", ["1", "3"], "OpenVINO")
    for [tensor] in (answer.inputs, answer.outputs):
        assert (tensor.name, tensor.datatype, tensor.shape) == ("b", "FP32", [-1, 10])


def test_a_version_is_a_number_or_left_open() -> None:
    assert decode_version("") is None
    assert decode_version("3") == 3


@pytest.mark.parametrize("text", ["latest", "-1", "1.0", " 1", "1_0", "٣", "9" * 5000])
def test_another_version_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match="Invalid model version - Expected: a positive number"):
        decode_version(text)
