"""TensorFlow Serving's answers about a model as JSON documents.

They are the protobuf messages in protobuf's JSON form, so that the gRPC answers are made from them
too. Field names are those that OpenVINO Model Server writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from modelserver_runtime.descriptions import ModelMetadata
from modelserver_runtime.engine.registry import VersionState
from modelserver_runtime.tensors import Datatype, TensorSpec

SIGNATURE_DEF: Final = "signature_def"
"""The one kind of metadata that there is."""

SIGNATURE: Final = "serving_default"
_METHOD: Final = "tensorflow/serving/predict"
_SIGNATURE_DEF_MAP: Final = "type.googleapis.com/tensorflow.serving.SignatureDefMap"

DATA_TYPES: Final = {
    Datatype.BOOL: "DT_BOOL",
    Datatype.INT8: "DT_INT8",
    Datatype.INT16: "DT_INT16",
    Datatype.INT32: "DT_INT32",
    Datatype.INT64: "DT_INT64",
    Datatype.UINT8: "DT_UINT8",
    Datatype.UINT16: "DT_UINT16",
    Datatype.UINT32: "DT_UINT32",
    Datatype.UINT64: "DT_UINT64",
    Datatype.FP16: "DT_HALF",
    Datatype.BF16: "DT_BFLOAT16",
    Datatype.FP32: "DT_FLOAT",
    Datatype.FP64: "DT_DOUBLE",
    Datatype.BYTES: "DT_STRING",
}


def metadata_document(metadata: ModelMetadata) -> dict[str, Any]:
    """A GetModelMetadataResponse message."""
    signature = {
        "inputs": _tensors(metadata.inputs),
        "outputs": _tensors(metadata.outputs),
        "methodName": _METHOD,
    }
    return {
        "modelSpec": {
            "name": metadata.name,
            "signatureName": "",
            "version": str(metadata.version),
        },
        "metadata": {
            SIGNATURE_DEF: {
                "@type": _SIGNATURE_DEF_MAP,
                "signatureDef": {SIGNATURE: signature},
            }
        },
    }


def status_document(states: Mapping[int, VersionState]) -> dict[str, Any]:
    """A GetModelStatusResponse message."""
    return {
        "model_version_status": [
            {
                "version": str(version),
                "state": state.state.name,
                "status": {
                    "error_code": state.error_code,
                    "error_message": state.error_message,
                },
            }
            for version, state in sorted(states.items())
        ]
    }


def _tensors(specs: Iterable[TensorSpec]) -> dict[str, Any]:
    return {
        spec.name: {
            "name": spec.name,
            "dtype": DATA_TYPES[spec.datatype],
            "tensorShape": _shape(spec),
        }
        for spec in specs
    }


def _shape(spec: TensorSpec) -> dict[str, Any]:
    sizes = [] if spec.shape is None else spec.wire_shape
    return {
        "dim": [{"size": str(size), "name": ""} for size in sizes],
        "unknownRank": spec.shape is None,
    }
