"""How many replicas the Deployment gets, when both manifests and autoscalers write the number.

An autoscaler writes through `/scale`; a manifest that is applied again writes the number that its
author once put there. Obeyed, that number would take pods away under load, and an autoscaler would
not heal it: at a ratio of 1 it takes whatever it finds for right.
"""

from dataclasses import dataclass

from modelserver_operator.cluster.port import Manifest
from modelserver_operator.reconcile.managed_fields import owners
from modelserver_operator.reconcile.marks import REPLICAS, annotation
from modelserver_operator.status.facts import ReplicasKept

_PATH = ("spec", "deployment_parameters", "replicas")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an autoscaler, or several, may ask for."""

    low: int
    high: int

    def clamp(self, count: int) -> int:
        """The nearest count within the bounds."""
        return max(self.low, min(count, self.high))


@dataclass(frozen=True, slots=True)
class Replicas:
    """The decision.

    Attributes:
        applied: the Deployment's `spec.replicas`; None leaves it to who owns it.
        written_back: what the ModelServer's own count has to become; None leaves it.
        kept: what a manifest wrote and was not obeyed in.
    """

    applied: int | None
    written_back: int | None = None
    kept: ReplicasKept | None = None


def decide(
    server: Manifest,
    live: Manifest | None,
    bounds: Bounds | None,
    *,
    deployment_is_scaled: bool = False,
) -> Replicas:
    """The replica count that is in force.

    Args:
        server: the ModelServer, as read.
        live: its Deployment, as read, if there is one.
        bounds: those of the autoscalers that target the ModelServer; None where none does.
        deployment_is_scaled: whether an autoscaler targets the Deployment itself.
    """
    wanted: int = server["spec"].get("deployment_parameters", {}).get("replicas", 1)
    running = _running(live) if live else 0
    if wanted == 0 or not (bounds or deployment_is_scaled):
        return Replicas(wanted)
    if deployment_is_scaled and live and running:
        # left out while it is ours alone, the number would fall to the API server's default
        return Replicas(None if _scaled_by_others(live) else running)
    if bounds is None:
        return Replicas(wanted)
    by_manifest = _written_by_manifest(server)
    count = bounds.clamp(running if by_manifest and running else wanted)
    if count == wanted:
        return Replicas(count)
    return Replicas(count, count, ReplicasKept(wanted, count) if by_manifest else None)


def _running(live: Manifest) -> int:
    """The count that we gave the Deployment, or that it had when it was taken over."""
    return int(annotation(live, REPLICAS) or live["spec"].get("replicas", 1))


def _written_by_manifest(server: Manifest) -> bool:
    """Whether the count was last written with the rest of the spec, rather than through `/scale`.

    Nobody at all owns what the API server filled in and `/scale` wrote afterwards.
    """
    return any(not entry.get("subresource") for entry in owners(server, *_PATH))


def _scaled_by_others(live: Manifest) -> bool:
    return any(entry.get("subresource") == "scale" for entry in owners(live, "spec", "replicas"))
