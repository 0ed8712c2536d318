"""Which kinds are watched, and how much of each: of busy kinds only what can concern us.

Secrets are not among them: whoever watches Secrets reads them. Pods are not either: a pass that
waits for pods looks at them again by itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from modelserver_operator.cluster import Cluster, kinds
from modelserver_operator.cluster.kinds import Kind
from modelserver_operator.render.manifest import MANAGED_BY

_OURS = ",".join(f"{key}={value}" for key, value in MANAGED_BY.items())


@dataclass(frozen=True, slots=True)
class Watched:
    """A kind to watch; `labels` and `fields` select at the API server.

    `name` is set where only the one object of that name is watched.
    """

    kind: Kind
    labels: str = ""
    fields: str = ""
    name: str = ""


WATCHED = (
    Watched(kinds.MODEL_SERVER),
    Watched(kinds.DEPLOYMENT, labels=_OURS),
    Watched(kinds.SERVICE, labels=_OURS),
    Watched(kinds.DISRUPTION_BUDGET, labels=_OURS),
    Watched(kinds.NETWORK_POLICY, labels=_OURS),
    # not by label: somebody else's counts as well
    Watched(kinds.AUTOSCALER),
    Watched(kinds.SCALED_OBJECT),
    Watched(kinds.SERVICE_MONITOR),
    # every namespace has this one, and no ModelServer names it
    Watched(kinds.CONFIG_MAP, fields="metadata.name!=kube-root-ca.crt"),
)


def lease(name: str) -> Watched:
    """The Lease, whose renewals show that watches are alive."""
    return Watched(kinds.LEASE, fields=f"metadata.name={name}", name=name)


async def allowed(
    cluster: Cluster, wanted: Iterable[Watched], namespaces: Iterable[str]
) -> frozenset[Watched]:
    """Those that the operator may list and watch, in all of the namespaces.

    One answer of 403 would end all watches, so this is asked before.
    """
    places = tuple(namespaces) or (None,)
    return frozenset(
        [
            watched
            for watched in wanted
            if all(
                [
                    await cluster.may(verb, watched.kind, place, watched.name)
                    for verb in ("list", "watch")
                    for place in places
                ]
            )
        ]
    )


async def served(cluster: Cluster, wanted: Iterable[Watched]) -> frozenset[Watched]:
    """Those whose kind is installed."""
    return frozenset([watched for watched in wanted if await cluster.served(watched.kind)])
