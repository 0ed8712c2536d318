"""KServe v2 over REST: paths to answers."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

from modelserver_runtime.admission import TIMEOUT_HEADER, header_timeout
from modelserver_runtime.dataplane import Call, Dataplane
from modelserver_runtime.errors import Code, InvalidRequest, ServingError
from modelserver_runtime.metrics import Interface, Metrics, exposition
from modelserver_runtime.metrics.families import Family
from modelserver_runtime.protocols import kserve_json
from modelserver_runtime.requests import InferRequest, InferResponse
from modelserver_runtime.servers.http import Request, Response

_STATUS: Final = {
    Code.NOT_FOUND: 404,
    Code.NOT_LOADED: 404,
    Code.INVALID_ARGUMENT: 400,
    Code.OVERLOADED: 429,
    Code.DEADLINE_PASSED: 504,
    Code.UNAVAILABLE: 503,
    Code.INTERNAL: 500,
}

_HEADER_LENGTH: Final = "Inference-Header-Content-Length"
_HEADER_LENGTH_KEY: Final = _HEADER_LENGTH.lower().encode()
_TIMEOUT_KEY: Final = TIMEOUT_HEADER.encode()
_RETRY_LATER: Final = {429: {"Retry-After": "1"}}  # seconds
_VERSION: Final = re.compile("[0-9]{1,19}")
_METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Route:
    """What a path asks for. ``model`` is empty where it asks about the server."""

    action: str
    model: str = ""
    version: int | None = None


@lru_cache(maxsize=4096)
def route(path: str) -> Route | None:
    """Read a path; None where there is nothing under it.

    ``/v2[/health/live|/health/ready]``, ``/v2/models/M[/versions/V][/ready|/infer]``, ``/metrics``
    """
    match [unquote(segment) for segment in path.strip("/").split("/")]:
        case ["metrics"]:
            return Route("metrics")
        case ["v2"]:
            return Route("server")
        case ["v2", "health", "live" | "ready" as action]:
            return Route(action)
        case ["v2", "models", model, "versions", version, *rest] if _VERSION.fullmatch(version):
            return _model_route(model, int(version), rest)
        case ["v2", "models", model, *rest]:
            return _model_route(model, None, rest)
    return None


def _model_route(model: str, version: int | None, rest: list[str]) -> Route | None:
    match rest:
        case []:
            return Route("metadata", model, version)
        case ["infer" | "ready" as action]:
            return Route(f"model_{action}", model, version)
    return None


def error_response(status: int, message: str) -> Response:
    """An error as every KServe client reads it."""
    headers = _RETRY_LATER.get(status, {})
    return Response(status, [kserve_json.encode_error(message)], headers=headers)


class RestApi:
    """Answers the REST requests of one server.

    Args:
        families: what /metrics shows; None where metrics are off.
    """

    def __init__(
        self, dataplane: Dataplane, metrics: Metrics, families: Iterable[Family] | None
    ) -> None:
        self._dataplane = dataplane
        self._metrics = metrics
        self._families = None if families is None else tuple(families)
        self._actions: dict[tuple[str, str], Callable[[Request, Route], Awaitable[Response]]] = {
            ("GET", "metrics"): self._metrics_text,
            ("GET", "server"): self._server_metadata,
            ("GET", "live"): self._live,
            ("GET", "ready"): self._ready,
            ("GET", "metadata"): self._model_metadata,
            ("GET", "model_ready"): self._model_ready,
            ("POST", "model_infer"): self._infer,
        }

    async def answer(self, request: Request) -> Response:
        """The response to any request."""
        asked = route(request.path)
        if asked is None:
            return error_response(404, "Invalid request URL")
        action = self._actions.get((request.method, asked.action))
        if action is None:
            return error_response(405, "Unsupported method")
        try:
            return await action(request, asked)
        except ServingError as error:
            return error_response(_STATUS[error.code], error.message)

    async def _infer(self, request: Request, asked: Route) -> Response:
        def decode() -> InferRequest:
            return kserve_json.decode_infer(request.body, _header_length(request))

        return await self._dataplane.infer(_call(asked, _timeout(request)), decode, _infer_response)

    async def _live(self, _request: Request, _asked: Route) -> Response:
        return Response(200, [b'{"live":true}'])

    async def _ready(self, _request: Request, _asked: Route) -> Response:
        problem = self._dataplane.problem
        if problem is not None:
            return error_response(503, problem)
        return Response(200, [b'{"ready":true}'])

    async def _server_metadata(self, _request: Request, _asked: Route) -> Response:
        server = self._dataplane.server_metadata
        return Response(
            200,
            [kserve_json.encode_server_metadata(server.name, server.version, server.extensions)],
        )

    async def _model_metadata(self, _request: Request, asked: Route) -> Response:
        metadata = self._dataplane.metadata(_call(asked))
        return Response(200, [kserve_json.encode_model_metadata(metadata)])

    async def _model_ready(self, _request: Request, asked: Route) -> Response:
        self._dataplane.model_ready(_call(asked))
        return Response(200)

    async def _metrics_text(self, _request: Request, _asked: Route) -> Response:
        if self._families is None:
            return error_response(400, "Metrics are disabled; start with --metrics_enable")
        text = exposition(self._metrics, self._families)
        return Response(200, [text.encode()], content_type=_METRICS_TYPE)


def _call(asked: Route, timeout: float | None = None) -> Call:
    return Call(asked.model, asked.version, Interface.REST, timeout)


def _timeout(request: Request) -> float | None:
    value = request.headers.get(_TIMEOUT_KEY)
    return None if value is None else header_timeout(value.decode("latin-1"))


def _infer_response(request: InferRequest, response: InferResponse) -> Response:
    parts, header_length = kserve_json.encode_infer(response, request)
    if header_length is None:
        return Response(200, parts)
    headers = {_HEADER_LENGTH: str(header_length)}
    return Response(200, parts, "application/octet-stream", headers)


def _header_length(request: Request) -> int | None:
    value = request.headers.get(_HEADER_LENGTH_KEY)
    if value is None:
        return None
    if not value.isdigit():
        raise InvalidRequest(
            f"{_HEADER_LENGTH} is not a number of bytes: {value.decode('latin-1')}"
        )
    return int(value)
