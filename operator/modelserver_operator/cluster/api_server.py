"""The cluster behind a real API server."""

from collections.abc import Callable, Mapping

from kubernetes.aio.client import ApiClient

from modelserver_operator.cluster.errors import NotFound, NotServed
from modelserver_operator.cluster.kinds import ACCESS_REVIEW, Kind, kind_of
from modelserver_operator.cluster.port import FIELD_MANAGER, Manifest
from modelserver_operator.cluster.transport import (
    APPLY,
    JSON,
    JSON_PATCH,
    MERGE_PATCH,
    METADATA_ONLY,
    Call,
    Request,
    Transport,
)

_PAGE = ("limit", "500")
_MANAGER = ("fieldManager", FIELD_MANAGER)


def _unheard(_call: Call) -> None:
    """Nobody counts the calls."""


class ApiServer:
    """A `Cluster` over HTTP. `heard` is told of every call, for metrics."""

    def __init__(self, client: ApiClient, heard: Callable[[Call], None] = _unheard) -> None:
        self._transport = Transport(client, heard)
        self._absent = frozenset[Kind]()

    def leave_out(self, absent: frozenset[Kind]) -> None:
        """Ask for no object of these kinds until told otherwise: they are not installed."""
        self._absent = absent

    async def get(self, kind: Kind, namespace: str | None, name: str) -> Manifest | None:
        return await self._get(kind, namespace, name, JSON)

    async def get_metadata(self, kind: Kind, namespace: str | None, name: str) -> Manifest | None:
        found = await self._get(kind, namespace, name, METADATA_ONLY)
        # it calls itself PartialObjectMetadata
        return found and {**found, "apiVersion": kind.api_version, "kind": kind.kind}

    async def list_objects(
        self,
        kind: Kind,
        namespace: str | None,
        labels: Mapping[str, str] | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> list[Manifest]:
        selectors = (("labelSelector", _selector(labels)), ("fieldSelector", _selector(fields)))
        # the items of a list do not say what they are
        names = {"apiVersion": kind.api_version, "kind": kind.kind}
        found, following = list[Manifest](), ""
        while True:
            query = (_PAGE, *selectors, ("continue", following))
            page = await self._send(Request("list", kind.path(namespace), kind, query=query))
            found += [{**names, **item} for item in page["items"]]
            following = page["metadata"].get("continue", "")
            if not following:
                return found

    async def create(self, manifest: Manifest) -> Manifest:
        kind = kind_of(manifest)
        path = kind.path(manifest.get("metadata", {}).get("namespace"))
        return await self._transport.send(
            Request("create", path, kind, body=manifest, query=(_MANAGER,))
        )

    async def apply(self, manifest: Manifest, *, force: bool = True) -> Manifest:
        kind, metadata = kind_of(manifest), manifest["metadata"]
        path = kind.path(metadata.get("namespace"), metadata["name"])
        query = (_MANAGER, ("force", str(force).lower()))
        return await self._send(
            Request("patch", path, kind, body=manifest, query=query, form=APPLY)
        )

    async def merge_patch(
        self, kind: Kind, namespace: str, name: str, patch: Manifest, subresource: str = ""
    ) -> Manifest:
        path = kind.path(namespace, name, subresource)
        return await self._transport.send(
            Request("patch", path, kind, subresource, patch, (_MANAGER,), MERGE_PATCH)
        )

    async def json_patch(
        self, kind: Kind, namespace: str, name: str, operations: list[Manifest]
    ) -> Manifest:
        path = kind.path(namespace, name)
        return await self._transport.send(
            Request("patch", path, kind, body=operations, query=(_MANAGER,), form=JSON_PATCH)
        )

    async def delete(self, kind: Kind, namespace: str, name: str, uid: str) -> None:
        options = {"preconditions": {"uid": uid}, "propagationPolicy": "Background"}
        try:
            await self._transport.send(
                Request("delete", kind.path(namespace, name), kind, body=options)
            )
        except NotFound:
            return

    async def served(self, kind: Kind) -> bool:
        listed = await self.read(kind.api_path)
        return any(item["name"] == kind.plural for item in (listed or {}).get("resources", ()))

    async def may(self, verb: str, kind: Kind, namespace: str | None, name: str = "") -> bool:
        asked = {"verb": verb, "group": kind.group, "resource": kind.plural, "name": name}
        review = {
            "apiVersion": ACCESS_REVIEW.api_version,
            "kind": ACCESS_REVIEW.kind,
            "spec": {"resourceAttributes": asked | ({"namespace": namespace} if namespace else {})},
        }
        return bool((await self.create(review))["status"]["allowed"])

    async def read(self, path: str) -> Manifest | None:
        try:
            return await self._transport.send(Request("get", path))
        except (NotFound, NotServed):
            return None

    async def _get(
        self, kind: Kind, namespace: str | None, name: str, accept: str
    ) -> Manifest | None:
        try:
            return await self._send(Request("get", kind.path(namespace, name), kind, accept=accept))
        except NotFound:
            return None

    async def _send(self, request: Request) -> Manifest:
        if request.kind in self._absent:
            raise NotServed(f"{request.kind} is not installed")
        return await self._transport.send(request)


def _selector(wanted: Mapping[str, str] | None) -> str:
    return ",".join(f"{key}={value}" for key, value in (wanted or {}).items())
