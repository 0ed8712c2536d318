"""What a cluster holds around one ModelServer, read before anything is decided."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from modelserver_operator.api import ModelServer
from modelserver_operator.cluster import Cluster, Forbidden, NotServed
from modelserver_operator.cluster.kinds import CONTROLLER_REVISION, SECRET
from modelserver_operator.cluster.port import Manifest
from modelserver_operator.reconcile.children import Child, child_of, possible
from modelserver_operator.reconcile.neighbours import Neighbours
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


async def survey(
    cluster: Cluster, neighbours: Neighbours, server: ModelServer, objects: Objects
) -> Survey:
    """Read it all; what is not installed or may not be read counts as not there."""
    namespace, name = server.metadata.namespace, fullname(server)
    labels = {**selector(server), **MANAGED_BY}
    live, revisions, autoscalers, monitors = await asyncio.gather(
        _children(cluster, namespace, possible(name)),
        cluster.list_objects(CONTROLLER_REVISION, namespace, labels),
        neighbours.autoscalers(namespace, server.metadata.name, name),
        neighbours.monitors(objects.service),
    )
    stored = {child_of(revision): revision for revision in revisions}
    return Survey({**live, **stored}, tuple(revisions), tuple(autoscalers), tuple(monitors))


async def _children(
    cluster: Cluster, namespace: str, wanted: Iterable[Child]
) -> dict[Child, Manifest]:
    asked = list(wanted)
    found = await asyncio.gather(*(_read(cluster, namespace, child) for child in asked))
    pairs = zip(asked, found, strict=True)
    return {child: live for child, live in pairs if live is not None}


async def _read(cluster: Cluster, namespace: str, child: Child) -> Manifest | None:
    read = cluster.get_metadata if child.kind is SECRET else cluster.get
    try:
        return await read(child.kind, namespace, child.name)
    except (NotServed, Forbidden):
        return None
