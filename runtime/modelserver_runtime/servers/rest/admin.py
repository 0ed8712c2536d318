"""Administration over REST: which models there are, in what state; load, unload, reload.

``/v1/config`` is OpenVINO Model Server's, ``/v2/repository`` KServe's and Triton's.
"""

from __future__ import annotations

from collections.abc import Iterator

from modelserver_runtime.administration import Administration
from modelserver_runtime.protocols import admin_json
from modelserver_runtime.servers.http import Request, Response
from modelserver_runtime.servers.rest.routing import Endpoint, Target


class AdminApi:
    """Answers administrators."""

    def __init__(self, administration: Administration) -> None:
        self._administration = administration

    def endpoints(self) -> Iterator[Endpoint]:
        """What shows and changes which models are served."""
        states = "ConfigStatus"
        yield Endpoint("GET", "/v1/config", self._config, "The state of every version", "", states)
        yield Endpoint(
            "POST",
            "/v1/config/reload",
            self._reload,
            "Look for changes now; 201 if there were any, else 200",
            response=states,
        )
        yield Endpoint(
            "POST",
            "/v2/repository/index",
            self._index,
            "The state of every version, in Triton's terms",
            "IndexRequest",
            "RepositoryIndex",
        )
        yield Endpoint(
            "POST",
            "/v2/repository/models/{model}/load",
            self._load,
            "Load what was unloaded or has changed",
            "ChangeRequest",
        )
        yield Endpoint(
            "POST",
            "/v2/repository/models/{model}/unload",
            self._unload,
            "Retire every version, until the model is loaded again",
            "ChangeRequest",
        )

    async def _config(self, _request: Request, _target: Target) -> Response:
        return self._states(200)

    async def _reload(self, _request: Request, _target: Target) -> Response:
        is_changed = await self._administration.reload()
        return self._states(201 if is_changed else 200)

    def _states(self, status: int) -> Response:
        states = self._administration.states()
        return Response(
            status, [admin_json.encode_config_status(states, self._administration.serving)]
        )

    async def _index(self, request: Request, _target: Target) -> Response:
        ready_only = admin_json.decode_index_request(request.body)
        entries = self._administration.index(ready_only=ready_only)
        return Response(200, [admin_json.encode_index(entries)])

    async def _load(self, request: Request, target: Target) -> Response:
        admin_json.check_change_request(request.body)
        await self._administration.load(target.model)
        return Response(200)

    async def _unload(self, request: Request, target: Target) -> Response:
        admin_json.check_change_request(request.body)
        await self._administration.unload(target.model)
        return Response(200)
