"""Whether the custom metrics API serves the ratio of the pods."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from statistics import mean
from typing import Any
from urllib.parse import quote

from modelserver_operator.autoscaling.quantity import parse_quantity
from modelserver_operator.autoscaling.ratio import METRIC_NAME
from modelserver_operator.cluster import Cluster, ClusterError, Forbidden
from modelserver_operator.observing.links.findings import broken, holds, not_checked
from modelserver_operator.status.observed import Finding, Link
from modelserver_operator.status.reasons import Reason

_API = "/apis/custom.metrics.k8s.io"


async def adapter_link(
    cluster: Cluster, namespace: str, label_selector: str
) -> tuple[Finding, Decimal | None]:
    """What is found of the adapter, and the mean of the ratios that it serves."""
    try:
        group = await cluster.read(_API)
        if group is None:
            return broken(Link.ADAPTER, Reason.ADAPTER_MISSING), None
        version = group["preferredVersion"]["groupVersion"]
        answer = await cluster.read(_path(version, namespace, label_selector))
    except Forbidden:
        return not_checked(Link.ADAPTER, "the operator may not read custom metrics"), None
    except ClusterError as error:
        return broken(Link.ADAPTER, Reason.ADAPTER_MISSING, f"It answers: {error}"), None
    values = _values(answer["items"]) if answer else []
    if not values:
        return broken(Link.ADAPTER, Reason.METRIC_NOT_SERVED), None
    return holds(Link.ADAPTER), mean(values)


def _path(version: str, namespace: str, label_selector: str) -> str:
    pods = f"/apis/{version}/namespaces/{namespace}/pods/*/{METRIC_NAME}"
    return f"{pods}?labelSelector={quote(label_selector, safe='')}"


def _values(items: Iterable[Mapping[str, Any]]) -> list[Decimal]:
    return [parse_quantity(item["value"]) for item in items]
