"""KServe v2 over gRPC: protobuf messages to neutral requests, and back.

An input's elements come in a typed field of its own or, for all inputs of a request, as raw
contents. Answers always carry raw contents.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from google.protobuf.json_format import ParseDict

from modelserver_runtime.contents import to_raw
from modelserver_runtime.descriptions import ModelConfig, ModelMetadata
from modelserver_runtime.errors import InvalidRequest
from modelserver_runtime.model_statistics import ModelStatistics
from modelserver_runtime.protocols.kserve_documents import config_document, statistics_document
from modelserver_runtime.protocols.proto import grpc_predict_v2_pb2 as pb
from modelserver_runtime.requests import InferRequest, InferResponse, RequestedOutput
from modelserver_runtime.tensors import Array, InputTensor, TensorSpec

_INT: Final = ("int_contents", np.dtype(np.int32))
_UINT: Final = ("uint_contents", np.dtype(np.uint32))
_TYPED_CONTENTS: Final[Mapping[str, tuple[str, np.dtype[Any]]]] = {
    "BOOL": ("bool_contents", np.dtype(np.bool_)),
    "INT8": _INT,
    "INT16": _INT,
    "INT32": _INT,
    "INT64": ("int64_contents", np.dtype(np.int64)),
    "UINT8": _UINT,
    "UINT16": _UINT,
    "UINT32": _UINT,
    "UINT64": ("uint64_contents", np.dtype(np.uint64)),
    "FP32": ("fp32_contents", np.dtype(np.float32)),
    "FP64": ("fp64_contents", np.dtype(np.float64)),
    "BYTES": ("bytes_contents", np.dtype(np.object_)),
}
"""The field that carries a datatype, and its elements as protobuf has them."""

_RAW_ONLY: Final = frozenset({"FP16", "BF16"})
_NO_VALUES: Final = np.empty(0)
_VERSION: Final = re.compile("[0-9]{1,19}")


def decode_infer(
    message: pb.ModelInferRequest, raw_contents: Sequence[memoryview] = ()
) -> InferRequest:
    """A request whose raw inputs are views of the bytes that they came in.

    Args:
        raw_contents: those of the message, where they are not inside.

    Raises:
        InvalidRequest: contents are given twice, for some inputs only, or in no field of theirs.
    """
    inputs = message.inputs
    raw = raw_contents or message.raw_input_contents
    return InferRequest(
        inputs=_raw_inputs(inputs, raw) if raw else tuple(map(_typed_input, inputs)),
        outputs=_requested(message.outputs) if message.outputs else None,
        id=message.id,
        parameters=_parameters(message.parameters) if message.parameters else {},
        binary_outputs=True,
    )


def encode_infer(response: InferResponse) -> pb.ModelInferResponse:
    """The answer; its contents are copies, which outlive the engine's memory."""
    message = pb.ModelInferResponse(
        model_name=response.model, model_version=str(response.version), id=response.id
    )
    for output in response.outputs:
        message.outputs.add(
            name=output.name, datatype=output.datatype.value, shape=output.array.shape
        )
        message.raw_output_contents.append(to_raw(output))
    return message


def encode_model_metadata(metadata: ModelMetadata) -> pb.ModelMetadataResponse:
    """What a model takes and gives."""
    return pb.ModelMetadataResponse(
        name=metadata.name,
        versions=[str(version) for version in metadata.versions],
        platform=metadata.platform,
        inputs=map(_described, metadata.inputs),
        outputs=map(_described, metadata.outputs),
    )


def echo(request: pb.ModelInferRequest, response: pb.ModelInferResponse) -> None:
    """Give the client its own parameters back."""
    if request.parameters:
        for name, parameter in request.parameters.items():
            response.parameters[name].CopyFrom(parameter)


def encode_config(config: ModelConfig) -> pb.ModelConfigResponse:
    """How a model is served."""
    return ParseDict({"config": config_document(config)}, pb.ModelConfigResponse())


def encode_statistics(versions: Iterable[ModelStatistics]) -> pb.ModelStatisticsResponse:
    """What model versions have done."""
    return ParseDict(statistics_document(versions), pb.ModelStatisticsResponse())


def decode_version(text: str) -> int | None:
    """A version as messages name it; None where the server is to choose.

    Raises:
        InvalidRequest: it is not a positive number.
    """
    if not text:
        return None
    if not _VERSION.fullmatch(text):
        raise InvalidRequest(f"Invalid model version - Expected: a positive number; Actual: {text}")
    return int(text)


def _requested(
    outputs: Iterable[pb.ModelInferRequest.InferRequestedOutputTensor],
) -> tuple[RequestedOutput, ...]:
    return tuple(RequestedOutput(output.name) for output in outputs)


def _raw_inputs(
    inputs: Sequence[pb.ModelInferRequest.InferInputTensor], contents: Sequence[bytes | memoryview]
) -> tuple[InputTensor, ...]:
    if len(contents) != len(inputs):
        raise InvalidRequest(
            f"Size of raw_input_contents: {len(contents)} is different than number of inputs: "
            f"{len(inputs)}"
        )
    return tuple(map(_raw_input, inputs, contents))


def _raw_input(
    tensor: pb.ModelInferRequest.InferInputTensor, raw: bytes | memoryview
) -> InputTensor:
    if tensor.HasField("contents"):
        raise InvalidRequest(
            "Passing buffers both in ModelInferRequest::InferInputTensor::contents and in "
            f"ModelInferRequest::raw_input_contents is not allowed; input name: {tensor.name}"
        )
    return InputTensor(tensor.name, tensor.datatype, tuple(tensor.shape), memoryview(raw))


def _typed_input(tensor: pb.ModelInferRequest.InferInputTensor) -> InputTensor:
    return InputTensor(tensor.name, tensor.datatype, tuple(tensor.shape), _typed_values(tensor))


def _typed_values(tensor: pb.ModelInferRequest.InferInputTensor) -> Array:
    """The elements, flat. A datatype that nobody knows has none; no model will accept it."""
    if tensor.datatype in _RAW_ONLY:
        raise InvalidRequest(
            f"Invalid input content - Expected: {tensor.datatype} in raw_input_contents; "
            f"Actual: none there; input name: {tensor.name}"
        )
    if tensor.datatype not in _TYPED_CONTENTS:
        return _NO_VALUES
    field, dtype = _TYPED_CONTENTS[tensor.datatype]
    values = getattr(tensor.contents, field)
    return np.fromiter(values, dtype, len(values))


def _parameters(parameters: Mapping[str, pb.InferParameter]) -> dict[str, object]:
    return {
        key: getattr(choice, kind)
        for key, choice in parameters.items()
        if (kind := choice.WhichOneof("parameter_choice"))
    }


def _described(spec: TensorSpec) -> pb.ModelMetadataResponse.TensorMetadata:
    return pb.ModelMetadataResponse.TensorMetadata(
        name=spec.name, datatype=spec.datatype.value, shape=spec.wire_shape
    )
