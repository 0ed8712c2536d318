"""Administration over REST: OpenVINO Model Server's config API, KServe's repository API."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson

from modelserver_runtime.administration import IndexEntry, Serving, check_parameters
from modelserver_runtime.engine.registry import VersionState
from modelserver_runtime.protocols import json_fields as fields


def encode_config_status(
    models: Mapping[str, Mapping[int, VersionState]],
    serving: Callable[[str], Mapping[int, Serving]],
) -> bytes:
    """The state of every version of every model, as ``/v1/config`` answers it.

    Versions that answer tell in addition where they run, and what the cache did for them.
    """
    return orjson.dumps(
        {name: _model_status(versions, serving(name)) for name, versions in models.items()}
    )


def _model_status(
    versions: Mapping[int, VersionState], serving: Mapping[int, Serving]
) -> dict[str, Any]:
    return {
        "model_version_status": [
            {
                "version": str(version),
                "state": state.state.name,
                "status": {"error_code": state.error_code, "error_message": state.error_message},
                **(_serving(serving[version]) if version in serving else {}),
            }
            for version, state in versions.items()
        ]
    }


def _serving(serving: Serving) -> dict[str, Any]:
    placed = {"execution_devices": serving.devices, "streams": serving.streams}
    if serving.cache is None:
        return placed
    files = [str(file) for file in serving.cache.files]
    return {**placed, "model_cache": {"hit": serving.cache.hit, "files": files}}


def encode_index(entries: Iterable[IndexEntry]) -> bytes:
    """The repository index. A model without a version has no such field."""
    return orjson.dumps([_index_document(entry) for entry in entries])


def _index_document(entry: IndexEntry) -> dict[str, str]:
    document = entry._asdict()
    if not entry.version:
        del document["version"]
    return document


def decode_index_request(body: bytes | bytearray) -> bool:
    """Whether only what is ready is asked for. Raises InvalidRequest."""
    return bool(fields.optional_flag(_document(body), "ready", ""))


def check_change_request(body: bytes | bytearray) -> None:
    """Refuse the body of a load or unload that asks for more than that. Raises InvalidRequest."""
    parameters = fields.optional_object(_document(body), "parameters", "")
    check_parameters(parameters)


def _document(body: bytes | bytearray) -> Mapping[str, Any]:
    return fields.parse_object(body) if body else {}
