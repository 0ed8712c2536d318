"""The gauges about ModelServers, from what the watches have shown of them."""

from collections import Counter
from collections.abc import Callable, Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from modelserver_operator.controller.known import Known, Seen


class ServerGauges(Collector):
    """Read at each scrape. An operator that stands by shows none, or all would count twice."""

    def __init__(self, known: Known, leads: Callable[[], bool]) -> None:
        self._known = known
        self._leads = leads

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges as they are now."""
        conditions = GaugeMetricFamily(
            "modelserver_operator_objects",
            "ModelServers by condition.",
            labels=["condition", "status"],
        )
        if self._leads():
            states = Counter(
                state for seen in self._known.servers.values() for state in _conditions(seen)
            )
            for state, number in sorted(states.items()):
                conditions.add_metric(state, number)
        yield conditions


def _conditions(seen: Seen) -> Iterator[tuple[str, str]]:
    for condition in seen.status.get("conditions") or ():
        yield str(condition.get("type")), str(condition.get("status"))
