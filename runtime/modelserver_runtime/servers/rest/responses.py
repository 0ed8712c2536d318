"""Answers as every endpoint makes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from modelserver_runtime.errors import Code, ServingError
from modelserver_runtime.servers.http import Response

_STATUS: Final = {
    Code.NOT_FOUND: 404,
    Code.NOT_LOADED: 404,
    Code.INVALID_ARGUMENT: 400,
    Code.FAILED_PRECONDITION: 400,
    Code.OVERLOADED: 429,
    Code.DEADLINE_PASSED: 504,
    Code.UNAVAILABLE: 503,
    Code.INTERNAL: 500,
}


_RETRY_LATER: Final[Mapping[int, Mapping[str, str]]] = {429: {"retry-after": "1"}}  # seconds


def document_response(document: dict[str, Any]) -> Response:
    """A JSON document."""
    return Response(200, [orjson.dumps(document)])


def error_response(status: int, message: str, **headers: str) -> Response:
    """An error as every KServe and TensorFlow Serving client reads it."""
    headers = {**_RETRY_LATER.get(status, {}), **headers}
    return Response(status, [orjson.dumps({"error": message})], headers=headers)


def failure(error: ServingError) -> Response:
    """What a failed request is answered with."""
    return error_response(_STATUS[error.code], error.message)
