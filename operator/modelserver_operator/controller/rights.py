"""The rights that the operator needs, and why: the one table that its roles are made from.

Nothing here is a wildcard. A right that is missing costs what it is for and no more: the kind is
left alone, and a condition of the ModelServer says so.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from modelserver_operator.cluster import kinds
from modelserver_operator.cluster.kinds import Kind

Manifest = dict[str, Any]

_KEPT = ("create", "get", "list", "patch", "watch")
"""Of children that every ModelServer has: the garbage collector deletes them with it."""

_OWN = (*_KEPT, "delete")
"""Of children that come and go with what the spec asks for."""


@dataclass(frozen=True, slots=True)
class Right:
    """One rule of a Role. `names` restricts it to objects of these names."""

    group: str
    resources: tuple[str, ...]
    verbs: tuple[str, ...]
    names: tuple[str, ...] = ()

    def rule(self) -> Manifest:
        """The rule as it stands in a Role or ClusterRole."""
        named = {"resourceNames": list(self.names)} if self.names else {}
        return {
            "apiGroups": [self.group],
            "resources": list(self.resources),
            **named,
            "verbs": sorted(self.verbs),
        }


def _of(kind: Kind, *verbs: str, part: str = "") -> Right:
    return Right(kind.group, ("/".join(filter(None, (kind.plural, part))),), verbs)


IN_EACH_NAMESPACE = (
    # patch: to take off the old operator's finalizers
    _of(kinds.MODEL_SERVER, "get", "list", "patch", "watch"),
    _of(kinds.MODEL_SERVER, "patch", part="status"),
    # to put back the replica count that an old manifest overwrote
    _of(kinds.MODEL_SERVER, "patch", part="scale"),
    # OwnerReferencesPermissionEnforcement asks for it where an owner blocks its deletion
    _of(kinds.MODEL_SERVER, "update", part="finalizers"),
    _of(kinds.DEPLOYMENT, *_KEPT),
    # the pod templates in force
    _of(kinds.CONTROLLER_REVISION, "create", "delete", "list", "patch"),
    _of(kinds.SERVICE, *_KEPT),
    # those that ModelServers name, and dashboards
    _of(kinds.CONFIG_MAP, *_OWN),
    # those that ModelServers name are looked at one by one, by their metadata; no watch, no list
    _of(kinds.SECRET, "create", "delete", "get", "patch"),
    _of(kinds.DISRUPTION_BUDGET, *_OWN),
    _of(kinds.NETWORK_POLICY, *_OWN),
    _of(kinds.AUTOSCALER, *_OWN),
    _of(kinds.SCALED_OBJECT, *_OWN),
    _of(kinds.SERVICE_MONITOR, *_OWN),
    # which pods a namespace admits; a Role can grant this for its own namespace
    _of(kinds.NAMESPACE, "get"),
    # what the status is read from
    _of(kinds.POD, "list"),
    _of(kinds.REPLICA_SET, "list"),
    _of(kinds.PROMETHEUS, "list"),
    _of(kinds.EVENT, "create", "list"),
    Right("custom.metrics.k8s.io", ("pods/ovms_requests_streams_ratio",), ("get",)),
)
"""In every namespace whose ModelServers are looked after, or in all by a ClusterRole."""


def to_see_lease(name: str) -> tuple[Right, ...]:
    """Wherever ModelServers are looked after: the Lease shows that watches are alive."""
    return (_named_lease(name, "get", "list", "watch"),)


def to_hold_lease(name: str) -> tuple[Right, ...]:
    """In the Lease's namespace: the operator's own, or the first of those it is restricted to.

    A right to create can't be restricted to a name.
    """
    return _of(kinds.LEASE, "create"), _named_lease(name, "get", "update")


def rules(rights: Iterable[Right]) -> list[Manifest]:
    """The `rules` of a Role or ClusterRole."""
    return [right.rule() for right in rights]


def _named_lease(name: str, *verbs: str) -> Right:
    return Right(kinds.LEASE.group, (kinds.LEASE.plural,), verbs, (name,))
