"""Profiles over REST: which kernels a model runs, and how long; off unless asked for."""

from __future__ import annotations

from collections.abc import Iterator

from modelserver_runtime.dataplane import Call, Dataplane
from modelserver_runtime.kernels.report import document
from modelserver_runtime.metrics import Interface
from modelserver_runtime.servers.http import Request, Response
from modelserver_runtime.servers.rest.responses import document_response
from modelserver_runtime.servers.rest.routing import VERSION, Endpoint, Target


class ProfileApi:
    """Answers who wants to see where a model's time goes."""

    def __init__(self, dataplane: Dataplane) -> None:
        self._dataplane = dataplane

    def endpoints(self) -> Iterator[Endpoint]:
        """One path for each model."""
        yield Endpoint(
            "GET",
            f"/v2/models/{{model}}{VERSION}/profile",
            self._profile,
            "An inference of zeros, layer by layer",
            response="Profile",
        )

    async def _profile(self, _request: Request, target: Target) -> Response:
        call = Call(target.model, target.version, Interface.REST)
        return document_response(document(await self._dataplane.profile(call)))
