"""What a cluster holds around one ModelServer, read before anything is decided."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from modelserver_operator.api import ModelServer
from modelserver_operator.cluster import Cluster, Forbidden, NotServed
from modelserver_operator.cluster.kinds import CONTROLLER_REVISION, SECRET
from modelserver_operator.cluster.port import Manifest
from modelserver_operator.reconcile.children import Child, child_of, possible, unwanted
from modelserver_operator.reconcile.neighbours import Neighbours
from modelserver_operator.reconcile.recollection import Recollection
from modelserver_operator.render import Objects
from modelserver_operator.render.manifest import MANAGED_BY
from modelserver_operator.render.names import fullname, selector


@dataclass(frozen=True, slots=True)
class Survey:
    """What was read.

    Attributes:
        live: the children that there are, ours or not. Of a Secret only the metadata is known.
        revisions: ControllerRevisions that carry the ModelServer's labels.
        autoscalers: those that scale the ModelServer or its Deployment.
        monitors: the ServiceMonitors that have its Service scraped.
    """

    live: Mapping[Child, Manifest] = field(default_factory=dict)
    revisions: tuple[Manifest, ...] = ()
    autoscalers: tuple[Manifest, ...] = ()
    monitors: tuple[Manifest, ...] = ()


@dataclass(frozen=True, slots=True)
class _Settled:
    """A pass that went well, and what need not be read again until the spec changes.

    Revisions are written by nobody else, and Secrets that are not asked for made by nobody.
    """

    generation: tuple[str, int]
    revisions: tuple[Manifest, ...]


class Surveyor:
    """Reads what a pass needs to know, and no more than the watches have not shown already."""

    def __init__(
        self, cluster: Cluster, neighbours: Neighbours, recollection: Recollection
    ) -> None:
        self._cluster = cluster
        self._neighbours = neighbours
        self._recollection = recollection
        self._settled = dict[tuple[str, str], _Settled]()

    async def survey(self, stored: Manifest, server: ModelServer, objects: Objects) -> Survey:
        """Read it all; what is not installed or may not be read counts as not there."""
        namespace, name = server.metadata.namespace, fullname(server)
        settled = self._settled.get(_key(stored))
        if settled is not None and settled.generation != _generation(stored):
            settled = None
        unwanted = () if settled else self._unwanted(namespace, name, objects)
        live, revisions, autoscalers, monitors = await asyncio.gather(
            self._children(namespace, name, (*map(child_of, objects.manifests()), *unwanted)),
            self._revisions(server, settled),
            self._neighbours.autoscalers(namespace, server.metadata.name, name),
            self._neighbours.monitors(objects.service),
        )
        kept = {child_of(revision): revision for revision in revisions}
        return Survey({**live, **kept}, revisions, tuple(autoscalers), tuple(monitors))

    def settle(self, stored: Manifest, seen: Survey, revision: Manifest | None) -> None:
        """Note that nothing is left over from before, and the revision that is in force now."""
        known = {child_of(one): one for one in seen.revisions}
        if revision is not None:
            known[child_of(revision)] = revision
        self._settled[_key(stored)] = _Settled(_generation(stored), tuple(known.values()))

    def unsettle(self, namespace: str, name: str) -> None:
        """Note that something may be left over, or that the ModelServer is gone."""
        self._settled.pop((namespace, name), None)

    def _unwanted(self, namespace: str, name: str, objects: Objects) -> tuple[Child, ...]:
        """What is not asked for and may be left over, of kinds whose watches would not tell."""
        return tuple(
            child
            for child in unwanted(name, objects.manifests())
            if not self._recollection.covers(child.kind, namespace)
        )

    async def _children(
        self, namespace: str, name: str, asked: tuple[Child, ...]
    ) -> dict[Child, Manifest]:
        """The children that are asked for, and all others that watches have shown."""
        found = {
            child: self._recollection.recall(child.kind, namespace, child.name)
            for child in (*possible(name), *asked)
        }
        unknown = [child for child in asked if found[child] is None]
        read = await asyncio.gather(*(self._read(namespace, child) for child in unknown))
        found |= dict(zip(unknown, read, strict=True))
        return {child: live for child, live in found.items() if live is not None}

    async def _read(self, namespace: str, child: Child) -> Manifest | None:
        cluster = self._cluster
        read = cluster.get_metadata if child.kind is SECRET else cluster.get
        try:
            return await read(child.kind, namespace, child.name)
        except (NotServed, Forbidden):
            return None

    async def _revisions(
        self, server: ModelServer, settled: _Settled | None
    ) -> tuple[Manifest, ...]:
        if settled is not None:
            return settled.revisions
        labels = {**selector(server), **MANAGED_BY}
        namespace = server.metadata.namespace
        return tuple(await self._cluster.list_objects(CONTROLLER_REVISION, namespace, labels))


def _key(stored: Manifest) -> tuple[str, str]:
    return stored["metadata"]["namespace"], stored["metadata"]["name"]


def _generation(stored: Manifest) -> tuple[str, int]:
    return stored["metadata"]["uid"], stored["metadata"]["generation"]
