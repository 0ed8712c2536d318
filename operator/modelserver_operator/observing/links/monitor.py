"""Whether a Prometheus of the Prometheus Operator's selects a ServiceMonitor of the Service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from modelserver_operator.cluster import Cluster, Forbidden, NotServed
from modelserver_operator.cluster.kinds import NAMESPACE, PROMETHEUS, SERVICE_MONITOR
from modelserver_operator.cluster.label_selectors import selects
from modelserver_operator.observing.links.findings import broken, holds, not_checked
from modelserver_operator.observing.memory import Memory
from modelserver_operator.status.facts import SkippedKind
from modelserver_operator.status.observed import Finding, Link
from modelserver_operator.status.reasons import Reason

Manifest = Mapping[str, Any]

_FRESH_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Selectors:
    """What may select ServiceMonitors.

    Attributes:
        prometheuses: every Prometheus object.
        namespaces: the labels of the monitors' namespaces, by name.
    """

    prometheuses: Sequence[Manifest]
    namespaces: Mapping[str, Mapping[str, str]]


class SelectorReader:
    """Reads what may select; it is the same for all ModelServers, and rarely changes."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._prometheuses = Memory[None, list[Manifest] | str](_FRESH_SECONDS)
        self._labels = Memory[str, Mapping[str, str]](_FRESH_SECONDS)

    async def read(self, monitors: Sequence[Manifest]) -> Selectors | str:
        """What may select these monitors, or why it is not known."""
        found = await self._prometheuses.recall(None, self._list)
        if isinstance(found, str):
            return found
        names = {monitor["metadata"]["namespace"] for monitor in monitors}
        labels = {
            name: await self._labels.recall(name, partial(self._labels_of, name)) for name in names
        }
        return Selectors(found, labels)

    async def _list(self) -> list[Manifest] | str:
        try:
            found = await self._cluster.list_objects(PROMETHEUS, None)
        except NotServed:
            return "the Prometheus Operator is not installed"
        except Forbidden:
            return "the operator may not read Prometheus objects"
        return list[Manifest](found) or "there is no Prometheus object"

    async def _labels_of(self, namespace: str) -> Mapping[str, str]:
        live = await self._cluster.get_metadata(NAMESPACE, None, namespace)
        labels: Mapping[str, str] = live["metadata"].get("labels", {}) if live else {}
        return labels


def monitor_link(
    monitors: Sequence[Manifest], skipped: Sequence[SkippedKind], selectors: Selectors | str
) -> Finding:
    """What is found of the ServiceMonitors that select the Service."""
    if not monitors:
        is_skipped = any(kind.kind == SERVICE_MONITOR.kind for kind in skipped)
        reason = Reason.MONITOR_SKIPPED if is_skipped else Reason.MONITOR_MISSING
        return broken(Link.MONITOR, reason)
    if isinstance(selectors, str):
        return not_checked(Link.MONITOR, selectors)
    if any(_selected(one, by, selectors) for one in monitors for by in selectors.prometheuses):
        return holds(Link.MONITOR)
    return broken(Link.MONITOR, Reason.MONITOR_NOT_SELECTED, _why(monitors[0], selectors))


def _selected(monitor: Manifest, prometheus: Manifest, selectors: Selectors) -> bool:
    """An empty selector takes every ServiceMonitor, one that is absent none.

    An absent selector of namespaces means the Prometheus's own namespace.
    """
    metadata, spec = monitor["metadata"], prometheus["spec"]
    selector, namespaces = spec.get("serviceMonitorSelector"), "serviceMonitorNamespaceSelector"
    if selector is None or not selects(selector, metadata.get("labels", {})):
        return False
    if spec.get(namespaces) is None:
        return bool(metadata["namespace"] == prometheus["metadata"]["namespace"])
    return selects(spec[namespaces], selectors.namespaces.get(metadata["namespace"], {}))


def _why(monitor: Manifest, selectors: Selectors) -> str:
    wanted = "; ".join(
        f"{one['metadata']['namespace']}/{one['metadata']['name']} selects"
        f" {_shown(one['spec'].get('serviceMonitorSelector'))}"
        for one in selectors.prometheuses
    )
    metadata = monitor["metadata"]
    return f"ServiceMonitor {metadata['name']} has {_shown(metadata.get('labels'))}; {wanted}."


def _shown(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case {"matchLabels": dict(labels), **others} if not others:
            return _shown(labels)
        case dict() if not value:
            return "everything in the namespaces it selects"
        case dict():
            return ", ".join(f"{key}: {item}" for key, item in value.items())
    return str(value)
