"""What is done for a ModelServer whose spec is not valid: it is scaled, and all else stays.

An object that was stored under older rules can break one of today's for as long as it lives. Its
pods serve on, and an autoscaler goes on writing its `/scale`, which somebody has to obey.
"""

from dataclasses import dataclass

from modelserver_operator.cluster import Cluster
from modelserver_operator.cluster.kinds import DEPLOYMENT
from modelserver_operator.cluster.port import Manifest
from modelserver_operator.reconcile.autoscalers import common_bounds, targets_deployment
from modelserver_operator.reconcile.marks import REPLICAS
from modelserver_operator.reconcile.neighbours import Neighbours
from modelserver_operator.reconcile.ownership import Claim, claim
from modelserver_operator.reconcile.replicas import decide
from modelserver_operator.render.names import fullname_of


@dataclass(frozen=True, slots=True)
class Scaled:
    """What there is, after it was scaled; `changes` has a line for what was written."""

    deployment: Manifest | None = None
    autoscalers: tuple[Manifest, ...] = ()
    changes: tuple[str, ...] = ()


async def scale(cluster: Cluster, neighbours: Neighbours, stored: Manifest) -> Scaled:
    """Give the Deployment the replica count that is in force.

    It is patched, not applied: an apply would take away all that it does not say.

    Raises:
        ClusterError: it could not be read or written.
    """
    namespace, name = stored["metadata"]["namespace"], stored["metadata"]["name"]
    fullname = fullname_of(name)
    live = await cluster.get(DEPLOYMENT, namespace, fullname)
    if live is None or claim(DEPLOYMENT, live, stored) is not Claim.OURS:
        return Scaled()
    found = await neighbours.autoscalers(namespace, name, fullname)
    count = _count(stored, live, found)
    if count in (None, live["spec"].get("replicas")):
        return Scaled(live, tuple(found))
    metadata = {
        "resourceVersion": live["metadata"]["resourceVersion"],
        "annotations": {REPLICAS: str(count)},
    }
    patch = {"metadata": metadata, "spec": {"replicas": count}}
    live = await cluster.merge_patch(DEPLOYMENT, namespace, fullname, patch)
    return Scaled(live, tuple(found), (f"Deployment {fullname} scaled to {count}",))


def _count(stored: Manifest, live: Manifest, found: list[Manifest]) -> int | None:
    """The count; None where it is somebody else's to write, or is itself what is not valid."""
    server = {"spec": {}, **stored}
    count = decide(
        server,
        live,
        common_bounds(found),
        deployment_is_scaled=any(map(targets_deployment, found)),
    ).applied
    return count if count is None or count >= 0 else None
