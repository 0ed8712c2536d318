"""TensorFlow Serving over gRPC: protobuf messages to neutral requests, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from google.protobuf.json_format import ParseDict

from modelserver_runtime.descriptions import ModelMetadata
from modelserver_runtime.engine.registry import VersionState
from modelserver_runtime.errors import InvalidRequest
from modelserver_runtime.protocols.proto import tensorflow_pb2 as tf
from modelserver_runtime.protocols.proto import tensorflow_serving_pb2 as pb
from modelserver_runtime.protocols.proto.pool import POOL
from modelserver_runtime.protocols.tfs_documents import (
    DATA_TYPES,
    SIGNATURE,
    SIGNATURE_DEF,
    metadata_document,
    status_document,
)
from modelserver_runtime.refusals import labels_unsupported
from modelserver_runtime.requests import InferRequest, InferResponse, RequestedOutput
from modelserver_runtime.tensors import Array, Datatype, InputTensor, OutputTensor

_TO_WIRE: Final = {datatype: tf.DataType.Value(name) for datatype, name in DATA_TYPES.items()}
_FROM_WIRE: Final = {number: datatype for datatype, number in _TO_WIRE.items()}

_INT: Final = ("int_val", np.dtype(np.int32))
_HALF: Final = ("half_val", np.dtype(np.int32))
_VALUES: Final[Mapping[Datatype, tuple[str, np.dtype[Any]]]] = {
    Datatype.BOOL: ("bool_val", np.dtype(np.bool_)),
    Datatype.INT8: _INT,
    Datatype.INT16: _INT,
    Datatype.INT32: _INT,
    Datatype.INT64: ("int64_val", np.dtype(np.int64)),
    Datatype.UINT8: _INT,
    Datatype.UINT16: _INT,
    Datatype.UINT32: ("uint32_val", np.dtype(np.uint32)),
    Datatype.UINT64: ("uint64_val", np.dtype(np.uint64)),
    Datatype.FP16: _HALF,
    Datatype.BF16: _HALF,
    Datatype.FP32: ("float_val", np.dtype(np.float32)),
    Datatype.FP64: ("double_val", np.dtype(np.float64)),
    Datatype.BYTES: ("string_val", np.dtype(np.object_)),
}
"""The field that carries a datatype's values, and its elements as protobuf has them."""

_NO_VALUES: Final = np.empty(0)


def decode_version(spec: pb.ModelSpec) -> int | None:
    """The version that a message names; None where the server is to choose.

    Raises:
        InvalidRequest: it names a label, or a negative number.
    """
    if spec.WhichOneof("version_choice") == "version_label":
        raise labels_unsupported(spec.version_label)
    if spec.version.value < 0:
        raise InvalidRequest(
            f"Invalid model version - Expected: a positive number; Actual: {spec.version.value}"
        )
    return spec.version.value or None


def decode_predict(message: pb.PredictRequest) -> InferRequest:
    """A request whose tensor contents point into the message's bytes.

    Raises:
        InvalidRequest: a tensor has no rank, or text where it can't be read.
    """
    return InferRequest(
        inputs=tuple(_input(name, tensor) for name, tensor in message.inputs.items()),
        outputs=tuple(map(RequestedOutput, message.output_filter)) or None,
        id="",
        parameters={},
        binary_outputs=True,
    )


def encode_predict(_request: InferRequest, response: InferResponse) -> pb.PredictResponse:
    """The answer; its contents are copies, which outlive the engine's memory."""
    message = pb.PredictResponse()
    message.model_spec.name = response.model
    message.model_spec.version.value = response.version
    message.model_spec.signature_name = SIGNATURE
    for output in response.outputs:
        write_tensor(output, message.outputs[output.name])
    return message


def write_tensor(output: OutputTensor, tensor: tf.TensorProto) -> None:
    """Fill an empty message; numbers go into its raw content."""
    tensor.dtype = _TO_WIRE[output.datatype]
    for size in output.array.shape:
        tensor.tensor_shape.dim.add(size=size)
    if output.datatype is Datatype.BYTES:
        tensor.string_val.extend(output.array.ravel())
    else:
        tensor.tensor_content = output.array.tobytes()


def check_metadata_fields(message: pb.GetModelMetadataRequest) -> None:
    """Raise InvalidRequest unless it asks for what there is."""
    if list(message.metadata_field) != [SIGNATURE_DEF]:
        raise InvalidRequest(
            f"Invalid metadata_field - Expected: {SIGNATURE_DEF}; "
            f"Actual: {', '.join(message.metadata_field) or 'none'}"
        )


def encode_metadata(metadata: ModelMetadata) -> pb.GetModelMetadataResponse:
    """What a model takes and gives."""
    document = metadata_document(metadata)
    return ParseDict(document, pb.GetModelMetadataResponse(), descriptor_pool=POOL)


def encode_status(states: Mapping[int, VersionState]) -> pb.GetModelStatusResponse:
    """Which versions there are, in what state."""
    return ParseDict(status_document(states), pb.GetModelStatusResponse(), descriptor_pool=POOL)


def _input(name: str, tensor: tf.TensorProto) -> InputTensor:
    if tensor.tensor_shape.unknown_rank:
        raise InvalidRequest(
            f"Invalid input shape - Expected: known dimensions; Actual: unknown rank; "
            f"input name: {name}"
        )
    shape = tuple(dim.size for dim in tensor.tensor_shape.dim)
    datatype = _FROM_WIRE.get(tensor.dtype)
    if datatype is None:  # no model takes it, and the refusal names it
        return InputTensor(name, _name(tensor.dtype), shape, _NO_VALUES)
    return InputTensor(name, datatype, shape, _content(name, tensor, datatype))


def _content(name: str, tensor: tf.TensorProto, datatype: Datatype) -> memoryview | Array:
    if not tensor.tensor_content:
        return _values(tensor, datatype)
    if datatype is Datatype.BYTES:
        raise InvalidRequest(
            "Invalid input content - Expected: text in string_val; Actual: tensor_content; "
            f"input name: {name}"
        )
    return memoryview(tensor.tensor_content)


def _values(tensor: tf.TensorProto, datatype: Datatype) -> Array:
    field, dtype = _VALUES[datatype]
    values = getattr(tensor, field)
    array = np.fromiter(values, dtype, len(values))
    match datatype:
        case Datatype.FP16:
            return array.astype(np.uint16).view(np.float16)
        case Datatype.BF16:
            return array.astype(np.uint16)
        case _:
            return array


def _name(number: int) -> str:
    descriptor = tf.DataType.DESCRIPTOR.values_by_number.get(number)
    return str(number) if descriptor is None else str(descriptor.name)
