"""Administration over REST: which models there are, in what state; load, unload, reload.

GET  /v1/config                            the state of every version
POST /v1/config/reload                     look for changes now; 201 if there were any, else 200
POST /v2/repository/index                  the same states in Triton's terms
POST /v2/repository/models/M/load          load what was unloaded or has changed
POST /v2/repository/models/M/unload        retire every version, until loaded again
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import unquote

from modelserver_runtime.administration import Administration
from modelserver_runtime.errors import ServingError
from modelserver_runtime.protocols import admin_json
from modelserver_runtime.servers.http import Request, Response
from modelserver_runtime.servers.rest import error_response, failure


class AdminApi:
    """Answers administrators."""

    def __init__(self, administration: Administration) -> None:
        self._administration = administration

    async def answer(self, request: Request) -> Response:
        """The response to any request."""
        methods = self._methods(request.path)
        if not methods:
            return error_response(404, "Invalid request URL")
        if request.method not in methods:
            return error_response(405, "Unsupported method")
        try:
            return await methods[request.method](request)
        except ServingError as error:
            return failure(error)

    def _methods(self, path: str) -> Mapping[str, Callable[[Request], Awaitable[Response]]]:
        match [unquote(segment) for segment in path.strip("/").split("/")]:
            case ["v1", "config"]:
                return {"GET": self._config}
            case ["v1", "config", "reload"]:
                return {"POST": self._reload}
            case ["v2", "repository", "index"]:
                return {"POST": self._index}
            case ["v2", "repository", "models", model, "load"]:
                return {"POST": lambda request: self._load(request, model)}
            case ["v2", "repository", "models", model, "unload"]:
                return {"POST": lambda request: self._unload(request, model)}
        return {}

    async def _config(self, _request: Request) -> Response:
        return self._states(200)

    async def _reload(self, _request: Request) -> Response:
        is_changed = await self._administration.reload()
        return self._states(201 if is_changed else 200)

    def _states(self, status: int) -> Response:
        states = self._administration.states()
        return Response(status, [admin_json.encode_config_status(states)])

    async def _index(self, request: Request) -> Response:
        ready_only = admin_json.decode_index_request(request.body)
        entries = self._administration.index(ready_only=ready_only)
        return Response(200, [admin_json.encode_index(entries)])

    async def _load(self, request: Request, model: str) -> Response:
        admin_json.check_change_request(request.body)
        await self._administration.load(model)
        return Response(200)

    async def _unload(self, request: Request, model: str) -> Response:
        admin_json.check_change_request(request.body)
        await self._administration.unload(model)
        return Response(200)
