"""The gauges about ModelServers, from what the watches have shown of them."""

from collections import Counter
from collections.abc import Callable, Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from modelserver_operator.autoscaling.quantity import parse_quantity
from modelserver_operator.controller.known import Known, Raw
from modelserver_operator.monitoring import series
from modelserver_operator.monitoring.series import ServerGauge
from modelserver_operator.render.names import fullname_of

_FROM_STATUS = {
    series.REPLICAS: "replicas",
    series.READY_REPLICAS: "readyReplicas",
    series.DESIRED_REPLICAS: "desiredReplicas",
}

Sample = tuple[ServerGauge, tuple[str, ...], float]
"""A value of a gauge, and what its labels say after namespace, name and service."""


class ServerGauges(Collector):
    """Read at each scrape. An operator that stands by shows none, or all would count twice."""

    def __init__(self, known: Known, leads: Callable[[], bool]) -> None:
        self._known = known
        self._leads = leads

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges as they are now."""
        known = self._known if self._leads() else Known()
        yield _objects(known)
        families = {
            gauge: GaugeMetricFamily(gauge.name, gauge.help, labels=gauge.labels)
            for gauge in series.SERVER_GAUGES
        }
        for key, seen in known.servers.items():
            for gauge, labels, value in _of_status(seen.status):
                families[gauge].add_metric((*key, fullname_of(key.name), *labels), value)
        for scaler in known.scalers.values():
            labels = (*scaler.server, fullname_of(scaler.server.name))
            families[series.MAX_REPLICAS].add_metric(labels, scaler.max_replicas)
            target = float(parse_quantity(scaler.target))
            families[series.TARGET_RATIO].add_metric(labels, target)
        yield from families.values()


def _objects(known: Known) -> GaugeMetricFamily:
    family = GaugeMetricFamily(
        "modelserver_operator_objects", "ModelServers by condition.", labels=["condition", "status"]
    )
    states = Counter(
        (str(condition.get("type")), str(condition.get("status")))
        for seen in known.servers.values()
        for condition in seen.status.get("conditions") or ()
    )
    for state, number in sorted(states.items()):
        family.add_metric(state, number)
    return family


def _of_status(status: Raw) -> Iterator[Sample]:
    for gauge, field in _FROM_STATUS.items():
        if isinstance(status.get(field), int):
            yield gauge, (), status[field]
    for model in status.get("models") or ():
        # its state is that of the newest version; an older one may serve
        yield series.MODEL_LOADED, (str(model.get("name")),), bool(model.get("versions"))
