"""The ServiceMonitor, by which the Prometheus Operator has every replica scraped."""

from modelserver_operator.api import ModelServer
from modelserver_operator.monitoring.relabeling import INTEGER_BUCKETS
from modelserver_operator.render.context import Settings
from modelserver_operator.render.manifest import Manifest, metadata
from modelserver_operator.render.names import fullname, service_selector

_DEFAULT_INTERVAL = "5s"
"""Short, since an autoscaler cannot be quicker than what it reads."""


def service_monitor(server: ModelServer, settings: Settings) -> Manifest | None:
    """The ServiceMonitor, where one is asked for.

    Its labels are what Prometheus selects it by. Among them `release` names a Prometheus, not the
    ModelServer, so the labels that our other objects have stay off it.
    """
    field = server.spec.monitoring.service_monitor
    if not field.enabled:
        return None
    labels = {**settings.service_monitor_labels, **(field.labels or {})}
    endpoint = {
        "port": "rest",
        "path": "/metrics",
        "interval": field.interval or _DEFAULT_INTERVAL,
        "metricRelabelings": INTEGER_BUCKETS,
    }
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "ServiceMonitor",
        "metadata": metadata(server, fullname(server), labels),
        "spec": {
            "selector": {"matchLabels": service_selector(server)},
            "endpoints": [endpoint],
        },
    }
