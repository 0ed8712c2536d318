"""The REST API as an OpenAPI document, made from the endpoints that answer it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any, Final

from modelserver_runtime.servers.rest.routing import Endpoint
from modelserver_runtime.servers.rest.schemas import SCHEMAS

_PARAMETER: Final = re.compile(r"{(\w+)}")
_PARAMETERS: Final = {
    "model": {"type": "string", "minLength": 1},
    "version": {"type": "string", "pattern": "^[0-9]{1,19}$"},
    "label": {"type": "string", "minLength": 1},
}
_JSON: Final = "application/json"
_BINARY: Final = "application/octet-stream"
_MEDIA: Final = {
    "InferRequest": (_JSON, _BINARY),
    "InferResponse": (_JSON, _BINARY),
    "Metrics": ("text/plain",),
}
"""What a body is sent as, where that is not JSON alone."""


def describe(endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    """The OpenAPI document of these endpoints."""
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        for template in endpoint.templates():
            path = paths.setdefault(template, {"parameters": _parameters(template)})
            path[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "modelserver-runtime",
            "summary": "OpenVINO models over KServe v2 and TensorFlow Serving",
            "version": version("modelserver"),
        },
        "paths": paths,
        "components": {"schemas": SCHEMAS},
    }


def _parameters(template: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": _PARAMETERS[name]}
        for name in _PARAMETER.findall(template)
    ]


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": "The answer; without a body where none is described"}
    if endpoint.response:
        answer["content"] = _content(endpoint.response)
    operation: dict[str, Any] = {
        "summary": endpoint.summary,
        "responses": {
            "200": answer,
            "default": {"description": "What went wrong", "content": _content("Error")},
        },
    }
    if endpoint.request:
        operation["requestBody"] = {"required": True, "content": _content(endpoint.request)}
    return operation


def _content(name: str) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{name}"}
    return {
        media: {} if media == _BINARY else {"schema": schema}
        for media in _MEDIA.get(name, (_JSON,))
    }
