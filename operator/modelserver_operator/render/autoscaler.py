"""What scales a ModelServer: a HorizontalPodAutoscaler, or a ScaledObject that KEDA makes one from.

Both target the ModelServer through its scale subresource, never the Deployment, so that the
operator hears of every change. The behavior is the same, since KEDA hands it on.
"""

from modelserver_operator.api import ModelServer
from modelserver_operator.api.autoscaling import Autoscaling
from modelserver_operator.autoscaling.quantity import parse_quantity
from modelserver_operator.autoscaling.ratio import METRIC_NAME, total
from modelserver_operator.render.context import DEFAULT_WINDOW, Settings
from modelserver_operator.render.manifest import Manifest, given, metadata, reference
from modelserver_operator.render.names import fullname

_DEFAULT_MAX_REPLICAS = 3
_DEFAULT_TARGET = "1"
_USUAL_PROMETHEUS = "http://prometheus-operated.monitoring.svc:9090"


def autoscaler(server: ModelServer, settings: Settings) -> Manifest | None:
    """The HorizontalPodAutoscaler or the ScaledObject, where one is asked for."""
    autoscaling = server.spec.autoscaling
    if not autoscaling.enabled:
        return None
    if autoscaling.provider == "keda":
        return _scaled_object(server, settings)
    return horizontal_pod_autoscaler(server)


def replica_bounds(autoscaling: Autoscaling) -> tuple[int, int]:
    """The fewest and the most replicas."""
    low = autoscaling.min_replicas or 1
    return low, autoscaling.max_replicas or max(low, _DEFAULT_MAX_REPLICAS)


def horizontal_pod_autoscaler(server: ModelServer) -> Manifest:
    """The HorizontalPodAutoscaler, whichever provider is asked for."""
    low, high = replica_bounds(server.spec.autoscaling)
    target = server.spec.autoscaling.target_ratio or _DEFAULT_TARGET
    metric = {
        "metric": {"name": METRIC_NAME},
        "target": {"type": "AverageValue", "averageValue": target},
    }
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": metadata(server, fullname(server)),
        "spec": given(
            scaleTargetRef=reference(server),
            minReplicas=low,
            maxReplicas=high,
            metrics=[{"type": "Pods", "pods": metric}],
            behavior=_behavior(server.spec.autoscaling),
        ),
    }


def _scaled_object(server: ModelServer, settings: Settings) -> Manifest:
    low, high = replica_bounds(server.spec.autoscaling)
    behavior = _behavior(server.spec.autoscaling)
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": metadata(server, fullname(server)),
        "spec": given(
            scaleTargetRef=reference(server),
            minReplicaCount=low,
            maxReplicaCount=high,
            advanced=behavior and {"horizontalPodAutoscalerConfig": {"behavior": behavior}},
            triggers=[_prometheus_trigger(server, settings)],
        ),
    }


def _prometheus_trigger(server: ModelServer, settings: Settings) -> Manifest:
    """The query is a sum over the pods, which KEDA's autoscaler divides by their number.

    An empty answer is an error, which holds the replica count. Taken for 0, as by default, it would
    remove replicas under load whenever Prometheus has lost sight of them.
    """
    autoscaling = server.spec.autoscaling
    window = autoscaling.window or DEFAULT_WINDOW
    # KEDA takes a plain number, not a quantity such as 700m
    target = parse_quantity(autoscaling.target_ratio or _DEFAULT_TARGET).normalize()
    name = settings.keda_authentication
    return given(
        type="prometheus",
        metricType="AverageValue",
        metadata=given(
            serverAddress=settings.prometheus_url or _USUAL_PROMETHEUS,
            query=total(server.metadata.namespace, fullname(server), window),
            threshold=f"{target:f}",
            ignoreNullValues="false",
            unsafeSsl="true" if settings.prometheus_insecure else None,
        ),
        authenticationRef=name and {"kind": "ClusterTriggerAuthentication", "name": name},
    )


def _behavior(autoscaling: Autoscaling) -> Manifest:
    """The scaling behavior: the two stabilization fields, and what `behavior` says over them."""
    own = dict(autoscaling.behavior or {})
    windows = {
        "scaleUp": autoscaling.scale_up_stabilization_seconds,
        "scaleDown": autoscaling.scale_down_stabilization_seconds,
    }
    for direction, seconds in windows.items():
        rules = own.get(direction, {})
        if seconds is not None and isinstance(rules, dict):
            own[direction] = {"stabilizationWindowSeconds": seconds, **rules}
    return own
