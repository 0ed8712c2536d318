"""The front door of the REST API: from any request to its endpoint, and errors to answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from modelserver_runtime.administration import Administration
from modelserver_runtime.dataplane import Dataplane
from modelserver_runtime.errors import ServingError
from modelserver_runtime.metrics import Metrics, exposition
from modelserver_runtime.metrics.families import Family
from modelserver_runtime.servers.http import Request, Response
from modelserver_runtime.servers.rest.admin import AdminApi
from modelserver_runtime.servers.rest.encodings import UnreadableBody, deflated, inflated
from modelserver_runtime.servers.rest.kserve import KServeApi
from modelserver_runtime.servers.rest.openapi import describe
from modelserver_runtime.servers.rest.profiles import ProfileApi
from modelserver_runtime.servers.rest.responses import document_response, error_response, failure
from modelserver_runtime.servers.rest.routing import Endpoint, Handler, Route, Router, Target
from modelserver_runtime.servers.rest.tfs import TfsApi

_METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class RestApi:
    """Answers the REST requests of one server.

    Args:
        families: what /metrics shows; None where metrics are off.
        administration: answers for the model repository; None leaves those paths out.
        with_profiles: whether profiles are answered.
    """

    def __init__(
        self,
        dataplane: Dataplane,
        metrics: Metrics,
        families: Iterable[Family] | None,
        administration: Administration | None = None,
        *,
        with_profiles: bool = False,
    ) -> None:
        self._metrics = metrics
        self._families = None if families is None else tuple(families)
        self.endpoints = (
            *KServeApi(dataplane).endpoints(),
            *TfsApi(dataplane).endpoints(),
            *(AdminApi(administration).endpoints() if administration else ()),
            *(ProfileApi(dataplane).endpoints() if with_profiles else ()),
            *self._own_endpoints(),
        )
        self._router = Router(self.endpoints)

    def _own_endpoints(self) -> Iterator[Endpoint]:
        yield Endpoint(
            "GET", "/metrics", self._metrics_text, "What Prometheus reads", response="Metrics"
        )
        yield Endpoint(
            "GET", "/openapi.json", self._description, "This document", response="OpenApi"
        )

    async def answer(self, request: Request) -> Response:
        """The response to any request."""
        route = self._router.find(request.path)
        if route is None:
            return error_response(404, "Invalid request URL")
        handler = route.methods.get(request.method)
        if handler is None:
            return _without_handler(request, route)
        response = await _answered(request, handler, route.target)
        accepted = request.headers.get(b"accept-encoding")
        return response if accepted is None else await deflated(response, accepted)

    async def _metrics_text(self, _request: Request, _target: Target) -> Response:
        if self._families is None:
            return error_response(400, "Metrics are disabled; start with --metrics_enable")
        text = exposition(self._metrics, self._families)
        return Response(200, [text.encode()], content_type=_METRICS_TYPE)

    async def _description(self, _request: Request, _target: Target) -> Response:
        return document_response(describe(self.endpoints))


async def _answered(request: Request, handler: Handler, target: Target) -> Response:
    try:
        if b"content-encoding" in request.headers:
            request = await inflated(request)
        return await handler(request, target)
    except ServingError as error:
        return failure(error)
    except UnreadableBody as unreadable:
        return error_response(unreadable.status, unreadable.message)


def _without_handler(request: Request, route: Route) -> Response:
    if request.method == "OPTIONS":
        return Response(200, headers={"allow": route.allowed})
    return error_response(405, "Unsupported method", allow=route.allowed)
