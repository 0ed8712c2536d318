"""The Deployment that runs the replicas."""

from modelserver_operator.api import ModelServer
from modelserver_operator.render.autoscaler import replica_bounds
from modelserver_operator.render.context import Context
from modelserver_operator.render.manifest import Manifest, given, metadata
from modelserver_operator.render.names import fullname, object_labels, selector
from modelserver_operator.render.pod import pod_template
from modelserver_operator.render.probes import STARTUP_SECONDS
from modelserver_operator.render.server_kind import ServerKind

_ROLLING = "RollingUpdate"
_SURGE_FIRST = {"maxSurge": 1, "maxUnavailable": 0}
_KUBERNETES_DEFAULT = {"maxSurge": "25%", "maxUnavailable": "25%"}

_PROGRESS_SECONDS = STARTUP_SECONDS + 600
"""A rollout has not failed while a new pod may still be loading its models."""


def deployment(server: ModelServer, kind: ServerKind, context: Context) -> Manifest:
    """The Deployment."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(server, fullname(server), object_labels(server)),
        "spec": given(
            replicas=replicas(server, context),
            selector={"matchLabels": selector(server)},
            strategy=_strategy(server),
            progressDeadlineSeconds=_PROGRESS_SECONDS if kind.is_runtime else None,
            template=pod_template(server, kind, context),
        ),
    }


def replicas(server: ModelServer, context: Context) -> int:
    """How many pods to run: the count in force, else the manifest's, if an autoscaler allows it.

    0 pauses the service and stands above all bounds.
    """
    written = server.spec.deployment_parameters.replicas
    wanted = context.replicas if context.replicas is not None else written
    count = 1 if wanted is None else wanted
    if not server.spec.autoscaling.enabled or count == 0:
        return count
    low, high = replica_bounds(server.spec.autoscaling)
    return max(low, min(count, high))


def _strategy(server: ModelServer) -> Manifest:
    """The strategy with nothing left for the API server to fill in.

    What it had filled in before would otherwise stay behind when the user changes the type. The
    parts that a user leaves out have Kubernetes' own defaults; without any, capacity never falls.
    """
    strategy = server.spec.deployment_parameters.update_strategy
    if not strategy:
        return {"type": _ROLLING, "rollingUpdate": dict(_SURGE_FIRST)}
    rolling = strategy.get("rollingUpdate", {})
    if strategy.get("type", _ROLLING) != _ROLLING or not isinstance(rolling, dict):
        return dict(strategy)
    return {"type": _ROLLING, **strategy, "rollingUpdate": {**_KUBERNETES_DEFAULT, **rolling}}
