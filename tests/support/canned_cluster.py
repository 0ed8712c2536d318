"""A cluster that answers reads from what a test puts into it; writing is for real ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelserver_operator.cluster import Kind, NotServed
from modelserver_operator.cluster.label_selectors import selects

Manifest = dict[str, Any]


class CannedCluster:
    """What is read is counted in `asked`, by kind or path."""

    def __init__(self, *objects: Manifest, paths: Mapping[str, Any] | None = None) -> None:
        self.objects = list(objects)
        self.paths = dict(paths or {})
        self.refusing: dict[object, Exception] = {}
        self.not_served: set[Kind] = set()
        self.asked: list[object] = []

    async def list_objects(
        self,
        kind: Kind,
        namespace: str | None,
        labels: Mapping[str, str] | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> list[Manifest]:
        self.asked.append(kind)
        if kind in self.refusing:
            raise self.refusing[kind]
        if kind in self.not_served:
            raise NotServed(f"no {kind}")
        return [
            one
            for one in self.objects
            if one["kind"] == kind.kind
            and namespace in (None, one["metadata"].get("namespace"))
            and selects({"matchLabels": dict(labels or {})}, one["metadata"].get("labels", {}))
        ]

    async def get_metadata(self, kind: Kind, namespace: str | None, name: str) -> Manifest | None:
        found = await self.list_objects(kind, namespace)
        return next((one for one in found if one["metadata"]["name"] == name), None)

    async def read(self, path: str) -> Manifest | None:
        self.asked.append(path)
        if path in self.refusing:
            raise self.refusing[path]
        return self.paths.get(path)
