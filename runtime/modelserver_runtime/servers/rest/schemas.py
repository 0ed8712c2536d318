"""The bodies of the REST API as JSON schemas, by the names that endpoints call them."""

from __future__ import annotations

from typing import Any, Final

from modelserver_runtime.protocols.tfs_documents import DATA_TYPES
from modelserver_runtime.tensors import Datatype

Schema = dict[str, Any]

_TEXT: Final[Schema] = {"type": "string"}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_FLAG: Final[Schema] = {"type": "boolean"}
_ANY_OBJECT: Final[Schema] = {"type": "object"}
_DATATYPE: Final[Schema] = {"enum": [datatype.value for datatype in Datatype]}


def _object(*required: str, **properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(required)}


def _array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


_SIZES: Final = _array({"type": "integer", "minimum": -1})
_SPEC: Final = _object("name", "datatype", "shape", name=_TEXT, datatype=_DATATYPE, shape=_SIZES)
_VALUES: Final[Schema] = {"description": "Numbers, text or booleans, flat or nested", **_array({})}
_DURATION: Final = _object("count", "ns", count=_COUNT, ns=_COUNT)
_CONFIG_TENSOR: Final = _object(
    "name", "data_type", "dims", name=_TEXT, data_type=_TEXT, dims=_SIZES
)
_SIGNATURE_TENSORS: Final[Schema] = {
    "type": "object",
    "additionalProperties": _object(
        "name",
        "dtype",
        "tensorShape",
        name=_TEXT,
        dtype={"enum": list(DATA_TYPES.values())},
        tensorShape=_object(
            "dim", dim=_array(_object("size", size=_TEXT, name=_TEXT)), unknownRank=_FLAG
        ),
    ),
}
_TENSOR: Final = _object(
    "name",
    "datatype",
    "shape",
    name=_TEXT,
    datatype=_DATATYPE,
    shape=_array(_COUNT),
    data=_VALUES,
    parameters=_object(binary_data_size=_COUNT),
)
_TIMED: Final = (
    "success",
    "fail",
    "queue",
    "compute_input",
    "compute_infer",
    "compute_output",
    "cache_hit",
    "cache_miss",
)

SCHEMAS: Final[dict[str, Schema]] = {
    "Error": _object("error", error=_TEXT),
    "Metrics": _TEXT,
    "OpenApi": _object("openapi", "paths", openapi=_TEXT, paths=_ANY_OBJECT),
    "Live": _object("live", live=_FLAG),
    "Ready": _object("ready", ready=_FLAG),
    "Server": _object("name", "version", name=_TEXT, version=_TEXT, extensions=_array(_TEXT)),
    "Model": _object(
        "name",
        "versions",
        "inputs",
        "outputs",
        name=_TEXT,
        versions=_array(_TEXT),
        platform=_TEXT,
        inputs=_array(_SPEC),
        outputs=_array(_SPEC),
    ),
    "ModelConfig": _object(
        "name",
        "input",
        "output",
        name=_TEXT,
        platform=_TEXT,
        backend=_TEXT,
        max_batch_size=_COUNT,
        input=_array(_CONFIG_TENSOR),
        output=_array(_CONFIG_TENSOR),
        instance_group=_array(_object(name=_TEXT, kind=_TEXT, count=_COUNT)),
    ),
    "ModelStatistics": _object(
        "model_stats",
        model_stats=_array(
            _object(
                "name",
                "version",
                "inference_stats",
                name=_TEXT,
                version=_TEXT,
                last_inference=_COUNT,
                inference_count=_COUNT,
                execution_count=_COUNT,
                inference_stats=_object(*_TIMED, **dict.fromkeys(_TIMED, _DURATION)),
            )
        ),
    ),
    "InputTensor": _TENSOR,
    "RequestedOutput": _object("name", name=_TEXT, parameters=_object(binary_data=_FLAG)),
    "OutputTensor": _TENSOR,
    "InferRequest": _object(
        "inputs",
        id=_TEXT,
        parameters=_object(binary_data_output=_FLAG),
        inputs=_array(_reference("InputTensor")),
        outputs=_array(_reference("RequestedOutput")),
    ),
    "InferResponse": _object(
        "model_name",
        "model_version",
        "outputs",
        model_name=_TEXT,
        model_version=_TEXT,
        id=_TEXT,
        parameters=_ANY_OBJECT,
        outputs=_array(_reference("OutputTensor")),
    ),
    "ModelStatus": _object(
        "model_version_status",
        model_version_status=_array(
            _object(
                "version",
                "state",
                "status",
                version=_TEXT,
                state={"enum": ["START", "LOADING", "AVAILABLE", "UNLOADING", "END"]},
                status=_object(
                    "error_code", "error_message", error_code=_TEXT, error_message=_TEXT
                ),
            )
        ),
    ),
    "ConfigStatus": {"type": "object", "additionalProperties": _reference("ModelStatus")},
    "Profile": _object("devices", "layers", "total_ms", devices=_array(_TEXT)),
    "IndexRequest": _object(ready=_FLAG),
    "ChangeRequest": _object(parameters=_ANY_OBJECT),
    "RepositoryIndex": _array(
        _object("name", "state", "reason", name=_TEXT, version=_TEXT, state=_TEXT, reason=_TEXT)
    ),
    "SignatureDefs": _object(
        "modelSpec",
        "metadata",
        modelSpec=_object("name", "version", name=_TEXT, signatureName=_TEXT, version=_TEXT),
        metadata=_object(
            "signature_def",
            signature_def=_object(
                "signatureDef",
                signatureDef=_object(
                    "serving_default",
                    serving_default=_object(
                        inputs=_SIGNATURE_TENSORS, outputs=_SIGNATURE_TENSORS, methodName=_TEXT
                    ),
                ),
            ),
        ),
    ),
    "PredictRequest": {
        "oneOf": [
            _object("instances", instances=_array({}), signature_name=_TEXT),
            _object("inputs", inputs={}, signature_name=_TEXT),
        ]
    },
    "PredictResponse": {
        "oneOf": [_object("predictions", predictions={}), _object("outputs", outputs={})]
    },
}
