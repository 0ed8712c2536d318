"""KServe v2 over REST: JSON, with the binary tensor extension.

A body is a JSON document, behind which the content of binary tensors may follow; the header
Inference-Header-Content-Length then says where the document ends. Published as the Open Inference
Protocol, https://github.com/kserve/open-inference-protocol, and Triton's extension_binary_data.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import Any, Final

import orjson

from modelserver_runtime.contents import to_raw
from modelserver_runtime.descriptions import ModelMetadata
from modelserver_runtime.errors import InvalidRequest
from modelserver_runtime.json_values import to_json
from modelserver_runtime.protocols import json_fields as fields
from modelserver_runtime.requests import InferRequest, InferResponse, RequestedOutput
from modelserver_runtime.tensors import InputTensor, OutputTensor, TensorSpec

_CONTROLS: Final = frozenset({"binary_data_output"})
"""Parameters that say what the answer is to look like; all others are echoed in it."""


def decode_infer(
    body: bytes | bytearray | memoryview, header_length: int | None = None
) -> InferRequest:
    """A request whose binary inputs point into ``body``.

    Args:
        body: the whole body of the HTTP request.
        header_length: the value of Inference-Header-Content-Length, where the request has one.

    Raises:
        InvalidRequest: the body is not JSON, or not of the protocol's structure.
    """
    document, tail = _split(memoryview(body), header_length)
    items = document.get("inputs")
    if type(items) is not list:
        raise InvalidRequest("Invalid JSON structure, missing inputs")
    parameters = fields.optional_object(document, "parameters", "")
    return InferRequest(
        inputs=_inputs(items, tail),
        outputs=_requested_outputs(document),
        id=fields.text(document, "id", "") if "id" in document else "",
        parameters=parameters,
        binary_outputs=bool(fields.optional_flag(parameters, "binary_data_output", "parameters.")),
    )


def encode_infer(response: InferResponse, request: InferRequest) -> tuple[list[bytes], int | None]:
    """The body in parts, and the value of Inference-Header-Content-Length where it needs one.

    The first part is the JSON document, every further one the content of a binary output. They are
    copies, which outlive the engine's memory.

    Raises:
        Inexpressible: an output has no JSON form and was not asked for as binary data.
    """
    tail: list[bytes] = []
    answer: dict[str, Any] = {
        "model_name": response.model,
        "model_version": str(response.version),
        "outputs": [
            _binary_output(output, tail) if is_binary else _json_output(output)
            for output, is_binary in zip(response.outputs, _forms(request), strict=False)
        ],
    }
    if response.id:
        answer["id"] = response.id
    if echoed := {key: it for key, it in request.parameters.items() if key not in _CONTROLS}:
        answer["parameters"] = echoed
    document = orjson.dumps(answer)
    return [document, *tail], len(document) if tail else None


def encode_model_metadata(metadata: ModelMetadata) -> bytes:
    """The body that answers ``GET /v2/models/M``."""
    return orjson.dumps(
        {
            "name": metadata.name,
            "versions": [str(version) for version in metadata.versions],
            "platform": metadata.platform,
            "inputs": [_described(spec) for spec in metadata.inputs],
            "outputs": [_described(spec) for spec in metadata.outputs],
        }
    )


def encode_server_metadata(name: str, version: str, extensions: Sequence[str]) -> bytes:
    """The body that answers ``GET /v2``."""
    return orjson.dumps({"name": name, "version": version, "extensions": list(extensions)})


def encode_error(message: str) -> bytes:
    """The body of every answer that is an error."""
    return orjson.dumps({"error": message})


def _split(body: memoryview, header_length: int | None) -> tuple[dict[str, Any], memoryview]:
    """The JSON document and the bytes behind it."""
    end = len(body) if header_length is None else header_length
    if not 0 <= end <= len(body):
        raise InvalidRequest(
            "Inference-Header-Content-Length header exceeds actual payload length - "
            f"Expected: at most {len(body)} bytes; Actual: {end} bytes"
        )
    return fields.parse_object(body[:end]), body[end:]


def _inputs(items: list[Any], tail: memoryview) -> tuple[InputTensor, ...]:
    """The inputs; those without JSON values take their bytes from ``tail``, one after the other."""
    inputs, taken = [], 0
    for index, item in enumerate(items):
        where = f"inputs[{index}]."
        tensor = fields.as_object(item, where[:-1])
        size = _binary_size(tensor, where)
        if size is None and len(items) == 1 and "data" not in tensor and tail:
            size = len(tail)
        content = (
            fields.array(tensor, "data", where) if size is None else tail[taken : taken + size]
        )
        taken += size or 0
        inputs.append(_input(tensor, where, content))
    if taken != len(tail):
        raise InvalidRequest(
            f"Received buffer size is {'smaller' if len(tail) < taken else 'larger'} than "
            f"binary_data_size parameter indicates - Expected: {taken} bytes; "
            f"Actual: {len(tail)} bytes"
        )
    return tuple(inputs)


def _binary_size(tensor: dict[str, Any], where: str) -> int | None:
    """How many bytes of the tail are the tensor's; None where its values are JSON."""
    parameters = fields.optional_object(tensor, "parameters", where)
    size = fields.optional_size(parameters, "binary_data_size", f"{where}parameters.")
    if size is not None and "data" in tensor:
        raise InvalidRequest(
            "Request contains values both in binary data and in content value - "
            f"Expected: {where}data or {where}parameters.binary_data_size; Actual: both"
        )
    return size


def _input(tensor: dict[str, Any], where: str, content: memoryview | list[Any]) -> InputTensor:
    return InputTensor(
        name=fields.text(tensor, "name", where),
        datatype=fields.text(tensor, "datatype", where),
        shape=fields.integers(tensor, "shape", where),
        content=content,
    )


def _requested_outputs(document: dict[str, Any]) -> tuple[RequestedOutput, ...] | None:
    """None where no output is named, which asks for them all."""
    if document.get("outputs") is None:
        return None
    items = fields.array(document, "outputs", "")
    wanted = tuple(_requested(item, f"outputs[{index}]") for index, item in enumerate(items))
    return wanted or None


def _requested(item: object, path: str) -> RequestedOutput:
    output = fields.as_object(item, path)
    parameters = fields.optional_object(output, "parameters", f"{path}.")
    return RequestedOutput(
        name=fields.text(output, "name", f"{path}."),
        binary=fields.optional_flag(parameters, "binary_data", f"{path}.parameters."),
    )


def _forms(request: InferRequest) -> Iterable[bool]:
    """For each output of the answer, whether it is to be binary."""
    if request.outputs is None:
        return repeat(request.binary_outputs)
    return [
        request.binary_outputs if output.binary is None else output.binary
        for output in request.outputs
    ]


def _json_output(output: OutputTensor) -> dict[str, Any]:
    return {
        "name": output.name,
        "shape": output.array.shape,
        "datatype": output.datatype.value,
        "data": to_json(output),
    }


def _binary_output(output: OutputTensor, tail: list[bytes]) -> dict[str, Any]:
    """Describe the output; its content goes to the end of ``tail``."""
    tail.append(to_raw(output))
    return {
        "name": output.name,
        "shape": output.array.shape,
        "datatype": output.datatype.value,
        "parameters": {"binary_data_size": len(tail[-1])},
    }


def _described(spec: TensorSpec) -> dict[str, Any]:
    return {"name": spec.name, "datatype": spec.datatype.value, "shape": spec.wire_shape}
