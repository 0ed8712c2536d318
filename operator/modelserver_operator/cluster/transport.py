"""One request to the API server, through the transport and credentials of Kubernetes' own client.

Its models are not used: objects stay JSON, so that no field is lost that its release does not know.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
from kubernetes.aio.client import ApiClient

from modelserver_operator.cluster.answers import meaning
from modelserver_operator.cluster.errors import Unreachable
from modelserver_operator.cluster.kinds import Kind

JSON = "application/json"
APPLY = "application/apply-patch+yaml"
MERGE_PATCH = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
METADATA_ONLY = f"{JSON};as=PartialObjectMetadata;g=meta.k8s.io;v=v1"

_METHODS = {"get": "GET", "list": "GET", "create": "POST", "patch": "PATCH", "delete": "DELETE"}
_TIMEOUT = aiohttp.ClientTimeout(total=20, sock_connect=5)


@dataclass(frozen=True, slots=True)
class Request:
    """A request. `verb` is spelt as in an RBAC rule; a path that is no object's has no kind."""

    verb: str
    path: str
    kind: Kind | None = None
    subresource: str = ""
    body: object = None
    query: tuple[tuple[str, str], ...] = ()
    form: str = JSON
    accept: str = JSON


@dataclass(frozen=True, slots=True)
class Call:
    """A request and how it went: the HTTP status, 0 where there was no answer, and the time."""

    request: Request
    code: int
    seconds: float


class Transport:
    """Sends requests; `heard` is told of each one that was sent."""

    def __init__(self, client: ApiClient, heard: Callable[[Call], None]) -> None:
        self._client = client
        self._heard = heard

    async def send(self, request: Request) -> dict[str, Any]:
        """The answer's JSON.

        Raises:
            ClusterError: there was no answer, or another one than hoped for.
        """
        started, code = time.monotonic(), 0
        try:
            response = await self._response(request)
            code, body = response.status, await response.read()
        except (aiohttp.ClientError, OSError) as error:
            raise Unreachable(_reason(error)) from None
        finally:
            self._heard(Call(request, code, time.monotonic() - started))
        if not 200 <= code < 300:
            raise meaning(code, body, response.headers)
        answer: dict[str, Any] = json.loads(body)
        return answer

    async def _response(self, request: Request) -> Any:  # noqa: ANN401 - the client has no types
        serialized = await self._client.param_serialize(
            _METHODS[request.verb],
            request.path,
            query_params=list(request.query),
            header_params={"Accept": request.accept, "Content-Type": request.form},
            body=request.body,
            auth_settings=["BearerToken"],
        )
        return await self._client.call_api(*serialized, _request_timeout=_TIMEOUT)


def _reason(error: BaseException) -> str:
    return f"the API server does not answer: {error or type(error).__name__}"
