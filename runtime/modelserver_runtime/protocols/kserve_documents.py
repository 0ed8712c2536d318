"""Triton's extensions of the Open Inference Protocol as JSON documents.

Their fields are those of the protobuf messages, so that the gRPC answers are made from them too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from modelserver_runtime.descriptions import ModelConfig
from modelserver_runtime.model_statistics import Duration, ModelStatistics
from modelserver_runtime.tensors import Datatype, TensorSpec

_BACKEND: Final = "openvino"
_KINDS: Final = {"CPU": "KIND_CPU", "GPU": "KIND_GPU"}  # any other device is KIND_MODEL


def config_document(config: ModelConfig) -> dict[str, Any]:
    """A ModelConfig message."""
    return {
        "name": config.name,
        "platform": config.platform,
        "backend": _BACKEND,
        "max_batch_size": 0,
        "input": [_tensor(spec) for spec in config.inputs],
        "output": [_tensor(spec) for spec in config.outputs],
        "instance_group": [
            {
                "name": ",".join(config.devices),
                "kind": _kind(config.devices),
                "count": config.streams,
            }
        ],
    }


def statistics_document(versions: Iterable[ModelStatistics]) -> dict[str, Any]:
    """A ModelStatisticsResponse message."""
    return {"model_stats": [_version(version) for version in versions]}


def _tensor(spec: TensorSpec) -> dict[str, Any]:
    return {"name": spec.name, "data_type": _data_type(spec.datatype), "dims": spec.wire_shape}


def _data_type(datatype: Datatype) -> str:
    return "TYPE_STRING" if datatype is Datatype.BYTES else f"TYPE_{datatype}"


def _kind(devices: tuple[str, ...]) -> str:
    names = {device.partition(".")[0] for device in devices}
    return _KINDS.get(names.pop(), "KIND_MODEL") if len(names) == 1 else "KIND_MODEL"


def _version(version: ModelStatistics) -> dict[str, Any]:
    return {
        "name": version.name,
        "version": str(version.version),
        "last_inference": version.last_inference,
        "inference_count": version.success.count,
        "execution_count": version.success.count,
        "inference_stats": {
            "success": _duration(version.success),
            "fail": _duration(version.fail),
            "queue": _duration(version.queue),
            "compute_input": _duration(version.input),
            "compute_infer": _duration(version.infer),
            "compute_output": _duration(version.output),
            "cache_hit": _duration(Duration()),
            "cache_miss": _duration(Duration()),
        },
    }


def _duration(duration: Duration) -> dict[str, int]:
    return {"count": duration.count, "ns": duration.ns}
