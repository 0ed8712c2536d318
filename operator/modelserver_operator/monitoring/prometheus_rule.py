"""The PrometheusRule, by which the Prometheus Operator has the alerts evaluated."""

from collections.abc import Mapping
from typing import Any

from modelserver_operator.monitoring.alerts import groups


def prometheus_rule(
    runbooks: str,
    *,
    name: str = "modelserver-alerts",
    namespace: str | None = None,
    labels: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The manifest, one for the cluster.

    Args:
        runbooks: the address under which a page for each alert is found, named after it.
        labels: what a Prometheus selects it by, such as `release: prometheus`.
    """
    metadata = {"name": name, "namespace": namespace, "labels": dict(labels or {})}
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {field: value for field, value in metadata.items() if value},
        "spec": {"groups": groups(runbooks)},
    }
