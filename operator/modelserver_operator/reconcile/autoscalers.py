"""Which autoscaler a ModelServer has, when there are several candidates.

Two autoscalers on one target stop each other, and KEDA refuses to start beside another one. So ours
steps back where a user has made one, and on a change of provider waits until the old one is gone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

from modelserver_operator.api.modelserver import GROUP, KIND
from modelserver_operator.cluster.kinds import AUTOSCALER, DEPLOYMENT, SCALED_OBJECT
from modelserver_operator.cluster.port import Manifest
from modelserver_operator.reconcile.ownership import controller, is_controlled
from modelserver_operator.reconcile.replicas import Bounds

_KEDA_MOST = 100
"""KEDA's own default."""


@dataclass(frozen=True, slots=True)
class Scaling:
    """What is to be done about autoscalers.

    Attributes:
        applied: ours, as it is to be; None where there is to be none, or not yet.
        removed: those of ours that have to go.
        waits_for: what has to be gone before ours can be applied.
        bounds: within which the ModelServer's replicas lie; None where no autoscaler targets it.
        deployment_is_scaled: whether an autoscaler targets the Deployment itself.
    """

    applied: Manifest | None = None
    removed: tuple[Manifest, ...] = ()
    waits_for: tuple[Manifest, ...] = ()
    bounds: Bounds | None = None
    deployment_is_scaled: bool = False


def scaling(server: Manifest, rendered: Manifest | None, found: Sequence[Manifest]) -> Scaling:
    """The decision.

    Args:
        server: the ModelServer.
        rendered: the autoscaler that it asks for.
        found: every autoscaler that targets it or its Deployment.
    """
    ours = [one for one in found if is_controlled(one, server)]
    foreign = [one for one in found if not _is_made_for(one, ours) and one not in ours]
    wanted = None if foreign else rendered
    others = [one for one in found if wanted is None or not _is_same(one, wanted)]
    in_the_way = [one for one in others if not _is_made_for(one, [wanted] if wanted else [])]
    return Scaling(
        applied=None if in_the_way else wanted,
        removed=tuple(one for one in others if one in ours and not _is_going(one)),
        waits_for=tuple(in_the_way) if wanted else (),
        bounds=common_bounds(foreign) or _bounds([rendered]),
        deployment_is_scaled=any(targets_deployment(one) for one in found),
    )


def targets(autoscaler: Manifest, server: str, deployment: str) -> bool:
    """Whether it scales the ModelServer of this name, or the Deployment of this name."""
    target = autoscaler["spec"].get("scaleTargetRef", {})
    name = deployment if targets_deployment(autoscaler) else server
    return target.get("name") == name and (
        targets_deployment(autoscaler) or (target.get("kind"), _group(target)) == (KIND, GROUP)
    )


def targets_deployment(autoscaler: Manifest) -> bool:
    """Whether it scales a Deployment, as a ScaledObject does that does not say what it scales."""
    return bool(
        autoscaler["spec"].get("scaleTargetRef", {}).get("kind", DEPLOYMENT.kind) == DEPLOYMENT.kind
    )


def common_bounds(autoscalers: Sequence[Manifest]) -> Bounds | None:
    """The bounds of all those together that target the ModelServer; None where none does."""
    return _bounds([one for one in autoscalers if not targets_deployment(one)])


def _group(target: Manifest) -> str:
    return str(target.get("apiVersion", "")).rpartition("/")[0]


def _is_made_for(one: Manifest, scaled_objects: Iterable[Manifest]) -> bool:
    """Whether KEDA has made it for one of these ScaledObjects."""
    owner = controller(one)
    return (
        owner is not None
        and owner["kind"] == SCALED_OBJECT.kind
        and any(
            scaled["kind"] == SCALED_OBJECT.kind and scaled["metadata"]["name"] == owner["name"]
            for scaled in scaled_objects
        )
    )


def _is_same(one: Manifest, other: Manifest) -> bool:
    return (one["kind"], one["metadata"]["name"]) == (other["kind"], other["metadata"]["name"])


def _is_going(one: Manifest) -> bool:
    return "deletionTimestamp" in one["metadata"]


def _bounds(autoscalers: Sequence[Manifest | None]) -> Bounds | None:
    """The bounds of all of them together."""
    each = [_bounds_of(one) for one in autoscalers if one is not None]
    return (
        reduce(lambda a, b: Bounds(min(a.low, b.low), max(a.high, b.high)), each) if each else None
    )


def _bounds_of(autoscaler: Manifest) -> Bounds:
    spec = autoscaler["spec"]
    if autoscaler["kind"] == AUTOSCALER.kind:
        return Bounds(spec.get("minReplicas", 1), spec["maxReplicas"])
    return Bounds(spec.get("minReplicaCount", 0), spec.get("maxReplicaCount", _KEDA_MOST))
