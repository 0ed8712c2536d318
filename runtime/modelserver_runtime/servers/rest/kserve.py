"""KServe v2 over REST, with Triton's extensions for statistics and configuration."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelserver_runtime.dataplane import Call, Dataplane
from modelserver_runtime.errors import InvalidRequest
from modelserver_runtime.metrics import Interface
from modelserver_runtime.protocols import kserve_json
from modelserver_runtime.protocols.kserve_documents import config_document, statistics_document
from modelserver_runtime.requests import InferRequest, InferResponse
from modelserver_runtime.servers.http import Request, Response
from modelserver_runtime.servers.rest.deadlines import timeout
from modelserver_runtime.servers.rest.responses import document_response, error_response
from modelserver_runtime.servers.rest.routing import VERSION, Endpoint, Target

_HEADER_LENGTH: Final = "Inference-Header-Content-Length"
_HEADER_LENGTH_KEY: Final = _HEADER_LENGTH.lower().encode()
_MODEL: Final = f"/v2/models/{{model}}{VERSION}"


class KServeApi:
    """Answers the Open Inference Protocol's requests."""

    def __init__(self, dataplane: Dataplane) -> None:
        self._dataplane = dataplane

    def endpoints(self) -> Iterator[Endpoint]:
        """Everything under ``/v2``."""
        get = "GET"
        yield Endpoint(get, "/v2", self._server, "What server this is", response="Server")
        yield Endpoint(get, "/v2/health/live", self._live, "Whether the process is up", "", "Live")
        yield Endpoint(
            get,
            "/v2/health/ready",
            self._ready,
            "Whether requests should be sent here",
            response="Ready",
        )
        yield Endpoint(
            get,
            "/v2/models/stats",
            self._all_statistics,
            "What all models have done",
            "",
            "ModelStatistics",
        )
        yield Endpoint(get, _MODEL, self._metadata, "What a model takes and gives", "", "Model")
        yield Endpoint(get, f"{_MODEL}/ready", self._model_ready, "Whether a model answers")
        yield Endpoint(
            get, f"{_MODEL}/config", self._config, "How a model is served", "", "ModelConfig"
        )
        yield Endpoint(
            get, f"{_MODEL}/stats", self._statistics, "What a model has done", "", "ModelStatistics"
        )
        yield Endpoint(
            "POST", f"{_MODEL}/infer", self._infer, "One inference", "InferRequest", "InferResponse"
        )

    async def _infer(self, request: Request, target: Target) -> Response:
        def decode() -> InferRequest:
            return kserve_json.decode_infer(request.body, _header_length(request))

        call = _call(target)._replace(timeout=timeout(request))
        return await self._dataplane.infer(call, decode, _infer_response)

    async def _live(self, _request: Request, _target: Target) -> Response:
        return document_response({"live": True})

    async def _ready(self, _request: Request, _target: Target) -> Response:
        problem = self._dataplane.problem
        if problem is not None:
            return error_response(503, problem)
        return document_response({"ready": True})

    async def _server(self, _request: Request, _target: Target) -> Response:
        server = self._dataplane.server_metadata
        body = kserve_json.encode_server_metadata(server.name, server.version, server.extensions)
        return Response(200, [body])

    async def _metadata(self, _request: Request, target: Target) -> Response:
        metadata = self._dataplane.metadata(_call(target))
        return Response(200, [kserve_json.encode_model_metadata(metadata)])

    async def _model_ready(self, _request: Request, target: Target) -> Response:
        self._dataplane.model_ready(_call(target))
        return Response(200)

    async def _config(self, _request: Request, target: Target) -> Response:
        return document_response(config_document(self._dataplane.config(_call(target))))

    async def _statistics(self, _request: Request, target: Target) -> Response:
        done = self._dataplane.statistics(target.model, target.version)
        return document_response(statistics_document(done))

    async def _all_statistics(self, _request: Request, _target: Target) -> Response:
        return document_response(statistics_document(self._dataplane.statistics()))


def _call(target: Target) -> Call:
    return Call(target.model, target.version, Interface.REST)


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
