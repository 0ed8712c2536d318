"""How a pod ends without losing a request.

When a pod is deleted, its address leaves the Service while, at the same time, the server is told to
stop. Requests that are still on their way to it would be refused, so pods first wait for the news
to spread. Then the server answers what it has, for which it is given time. Pods of OVMS end as they
always did, unless something is asked for that the operator before this one did not have.
"""

from collections.abc import Iterator

from modelserver_operator.api import ModelServer
from modelserver_operator.render.manifest import Manifest
from modelserver_operator.render.server_kind import ServerKind

_GRACE_SECONDS = 40  # to wait, to drain, and to be a little late with both
_PROPAGATION_SECONDS = 5
DRAIN_SECONDS = 25
"""What our runtime takes at most to answer what it has."""


def grace_seconds(server: ModelServer, kind: ServerKind) -> int | None:
    """The pod's `terminationGracePeriodSeconds`; it counts from the deletion, the wait included."""
    given = server.spec.deployment_parameters.termination_grace_seconds
    return _GRACE_SECONDS if given is None and _waits(server, kind) else given


def lifecycle(server: ModelServer, kind: ServerKind) -> Manifest | None:
    """The container's `lifecycle`.

    The kubelet itself sleeps (Kubernetes 1.30 and later), since the image need not have a shell.
    Its sleep has to be shorter than the grace period, and may not be none at all.
    """
    grace = grace_seconds(server, kind) or 0
    seconds = min(_PROPAGATION_SECONDS, grace - 1)
    if not _waits(server, kind) or seconds < 1:
        return None
    return {"preStop": {"sleep": {"seconds": seconds}}}


def advice(server: ModelServer, kind: ServerKind) -> Iterator[str]:
    """What to say of a grace period in which requests would be lost."""
    grace, needed = grace_seconds(server, kind), _PROPAGATION_SECONDS + DRAIN_SECONDS
    if kind.is_runtime and grace is not None and grace < needed:
        yield (
            "spec.deployment_parameters.termination_grace_seconds: requests may be lost when"
            f" a pod ends within {grace} seconds; {needed} are enough"
        )


def _waits(server: ModelServer, kind: ServerKind) -> bool:
    asked = server.spec.deployment_parameters.termination_grace_seconds
    return kind.is_runtime or bool(server.spec.autoscaling.enabled) or asked is not None
