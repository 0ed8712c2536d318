"""TensorFlow Serving's messages, read and written as its own client does."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest
from ovmsclient.tfs_compat.grpc.tensors import make_ndarray, make_tensor_proto
from ovmsclient.tfs_compat.protos.tensorflow.core.framework.tensor_pb2 import TensorProto

from modelserver_runtime.contents import to_array
from modelserver_runtime.descriptions import ModelMetadata
from modelserver_runtime.engine.registry import State, VersionState
from modelserver_runtime.errors import InvalidRequest
from modelserver_runtime.protocols.proto import tensorflow_pb2 as tf
from modelserver_runtime.protocols.proto import tensorflow_serving_pb2 as pb
from modelserver_runtime.protocols.tfs_grpc import (
    check_metadata_fields,
    decode_predict,
    decode_version,
    encode_metadata,
    encode_predict,
    encode_status,
)
from modelserver_runtime.requests import InferRequest, InferResponse
from modelserver_runtime.tensors import (
    NUMPY_DTYPES,
    Array,
    Datatype,
    Dimension,
    OutputTensor,
    TensorSpec,
)

ASKED = InferRequest((), None, "", {}, binary_outputs=True)


def request(tensor: tf.TensorProto) -> pb.PredictRequest:
    message = pb.PredictRequest()
    message.inputs["x"].CopyFrom(tensor)
    return message


def read(tensor: tf.TensorProto) -> Array:
    """The input as the model gets it."""
    [decoded] = decode_predict(request(tensor)).inputs
    return to_array(decoded, Datatype(decoded.datatype))


def written(array: Array, datatype: Datatype) -> bytes:
    output = OutputTensor("y", datatype, array)
    answer = encode_predict(ASKED, InferResponse("m", 3, "", [output]))
    return answer.outputs["y"].SerializeToString()


def sample(datatype: Datatype) -> Array:
    if datatype is Datatype.BYTES:
        return np.array([[b"a\0b", b""]], np.object_)
    return np.array([[1, 0]], NUMPY_DTYPES[datatype])


@pytest.mark.parametrize("datatype", [each for each in Datatype if each is not Datatype.BF16])
def test_every_datatype_comes_and_goes_as_ovms_own_client_has_it(datatype: Datatype) -> None:
    array = sample(datatype)
    theirs = array.astype(np.bytes_) if datatype is Datatype.BYTES else array
    sent = make_tensor_proto(theirs).SerializeToString()
    assert read(tf.TensorProto.FromString(sent)).tolist() == array.tolist()
    received = make_ndarray(TensorProto.FromString(written(array, datatype)))
    assert received.shape == array.shape
    assert received.tolist() == array.tolist()


@pytest.mark.parametrize(
    ("tensor", "expected"),
    [
        (tf.TensorProto(dtype="DT_FLOAT", float_val=[1.5, 2]), [1.5, 2.0]),
        (tf.TensorProto(dtype="DT_DOUBLE", double_val=[1.5, 2]), [1.5, 2.0]),
        (tf.TensorProto(dtype="DT_INT8", int_val=[-128, 127]), [-128, 127]),
        (tf.TensorProto(dtype="DT_UINT16", int_val=[0, 65535]), [0, 65535]),
        (tf.TensorProto(dtype="DT_INT64", int64_val=[-(2**63), 2**63 - 1]), [-(2**63), 2**63 - 1]),
        (tf.TensorProto(dtype="DT_UINT32", uint32_val=[0, 2**32 - 1]), [0, 2**32 - 1]),
        (tf.TensorProto(dtype="DT_UINT64", uint64_val=[0, 2**64 - 1]), [0, 2**64 - 1]),
        (tf.TensorProto(dtype="DT_BOOL", bool_val=[True, False]), [True, False]),
        (tf.TensorProto(dtype="DT_STRING", string_val=[b"a\0", b""]), [b"a\0", b""]),
        (tf.TensorProto(dtype="DT_HALF", half_val=[0x3E00, 0xC000]), [1.5, -2.0]),
        (tf.TensorProto(dtype="DT_BFLOAT16", half_val=[0x3FC0, 0xC000]), [0x3FC0, 0xC000]),
    ],
)
def test_values_are_read_from_the_field_of_their_type(
    tensor: tf.TensorProto, expected: list[object]
) -> None:
    tensor.tensor_shape.dim.add(size=2)
    assert read(tensor).tolist() == expected


def test_bf16_is_written_as_its_bit_patterns() -> None:
    numbers = np.array([1.5, -2.0], ml_dtypes.bfloat16)
    answer = tf.TensorProto.FromString(written(numbers.view(np.uint16), Datatype.BF16))
    assert answer.dtype == tf.DT_BFLOAT16
    assert answer.tensor_content == numbers.tobytes()


def test_the_output_filter_names_the_outputs() -> None:
    decoded = decode_predict(pb.PredictRequest(output_filter=["z", "y"]))
    assert decoded.outputs is not None
    assert [output.name for output in decoded.outputs] == ["z", "y"]
    assert decode_predict(pb.PredictRequest()).outputs is None


def test_an_answer_says_which_version_made_it() -> None:
    spec = encode_predict(ASKED, InferResponse("m", 3, "", [])).model_spec
    assert (spec.name, spec.version.value, spec.signature_name) == ("m", 3, "serving_default")


@pytest.mark.parametrize(
    ("tensor", "words"),
    [
        (tf.TensorProto(dtype="DT_FLOAT", tensor_shape={"unknown_rank": True}), "unknown rank"),
        (tf.TensorProto(dtype="DT_STRING", tensor_content=b"x"), "text in string_val"),
    ],
)
def test_a_tensor_that_cannot_be_read_is_named(tensor: tf.TensorProto, words: str) -> None:
    with pytest.raises(InvalidRequest, match=f"{words}.*; input name: x"):
        decode_predict(request(tensor))


@pytest.mark.parametrize(("number", "name"), [(8, "DT_COMPLEX64"), (99, "99")])
def test_a_type_that_no_model_takes_keeps_its_name(number: int, name: str) -> None:
    [tensor] = decode_predict(request(tf.TensorProto(dtype=number))).inputs  # type: ignore[arg-type]
    assert tensor.datatype == name


def test_no_version_and_version_zero_leave_the_choice_to_the_server() -> None:
    assert decode_version(pb.ModelSpec(name="m")) is None
    assert decode_version(pb.ModelSpec(version={"value": 0})) is None
    assert decode_version(pb.ModelSpec(version={"value": 3})) == 3


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (pb.ModelSpec(version_label="stable"), "Version labels are not supported .* label stable"),
        (pb.ModelSpec(version={"value": -1}), "Expected: a positive number; Actual: -1"),
    ],
)
def test_a_version_that_is_no_number_is_refused(spec: pb.ModelSpec, words: str) -> None:
    with pytest.raises(InvalidRequest, match=words):
        decode_version(spec)


@pytest.mark.parametrize("names", [[], ["assets"], ["signature_def", "signature_def"]])
def test_metadata_is_its_signatures_and_nothing_else(names: list[str]) -> None:
    with pytest.raises(InvalidRequest, match="Expected: signature_def; Actual: "):
        check_metadata_fields(pb.GetModelMetadataRequest(metadata_field=names))
    check_metadata_fields(pb.GetModelMetadataRequest(metadata_field=["signature_def"]))


def test_metadata_is_a_signature_of_the_tensors() -> None:
    tensor = TensorSpec("x", Datatype.FP16, (Dimension(1, None), Dimension.of(3)))
    anything = TensorSpec("y", Datatype.BYTES, None)
    metadata = ModelMetadata("m", 3, (3,), "OpenVINO", (tensor,), (anything,))
    answer = encode_metadata(metadata)
    signatures = pb.SignatureDefMap()
    assert answer.metadata["signature_def"].Unpack(signatures)
    signature = signatures.signature_def["serving_default"]
    assert (answer.model_spec.name, answer.model_spec.version.value) == ("m", 3)
    assert signature.inputs["x"].dtype == tf.DT_HALF
    assert [dim.size for dim in signature.inputs["x"].tensor_shape.dim] == [-1, 3]
    assert signature.outputs["y"].dtype == tf.DT_STRING
    assert signature.outputs["y"].tensor_shape.unknown_rank


def test_a_status_lists_the_versions_in_order() -> None:
    failed = VersionState(State.LOADING, "UNKNOWN", "broken")
    answer = encode_status({2: failed, 1: VersionState(State.AVAILABLE)}).model_version_status
    assert [(each.version, each.state) for each in answer] == [(1, State.AVAILABLE), (2, 20)]
    assert (answer[1].status.error_code, answer[1].status.error_message) == (2, "broken")
