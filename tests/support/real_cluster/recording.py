"""What is kept of a run, so that it can be drawn: its replicas, load and ratio, its dashboards."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from modelserver_operator.monitoring import queries
from modelserver_operator.monitoring.dashboards import as_json, fleet, single
from real_cluster.dashboards import Period, shown
from real_cluster.prometheus import Prometheus
from real_cluster.timeline import Timeline

_STEP = 2.0
_WINDOW = "20s"  # four scrapes


@dataclass(slots=True)
class Run:
    """A run that begins now.

    Attributes:
        began: by time.monotonic's clock.
        loaded: for how many seconds there was load.
    """

    began: float = field(default_factory=time.monotonic)
    loaded: float = 0.0
    _since: float = field(default_factory=time.time)

    def load_ends(self) -> None:
        """From now on nothing is asked any more."""
        self.loaded = time.monotonic() - self.began

    def course(
        self,
        prometheus: Prometheus,
        timeline: Timeline,
        ratio: str,
        matchers: str,
        window: str = _WINDOW,
    ) -> dict[str, Any]:
        """Replicas, load and ratio in seconds since the beginning; the ratio by its query."""
        p99 = queries.latency(queries.QUANTILES["p99"], matchers, window, by="service")
        asked = {
            "ratio": ratio,
            "rate": queries.inferences(matchers, window, by="service"),
            "p99": p99,
        }
        period = Period(self._since, time.time())
        return {
            "target": 1,
            "loaded": self.loaded,
            "moments": [{**asdict(each), "at": each.at - self.began} for each in timeline.moments],
            **{
                name: prometheus.over(query, period.start, period.end, _STEP)
                for name, query in asked.items()
            },
        }

    def dashboards(self, prometheus: Prometheus, namespace: str, server: str) -> dict[str, Any]:
        """Both of them, of one server."""
        chosen = {
            "namespace": namespace,
            "server": server,
            "model": ".+",
            "__rate_interval": _WINDOW,
        }
        period = Period(self._since, time.time())
        documents = {"single": json.loads(as_json(single())), "fleet": json.loads(as_json(fleet()))}
        return {
            name: {
                "title": document["title"],
                "seconds": period.end - period.start,
                "loaded": self.loaded,
                "panels": shown(document, chosen, prometheus, period),
            }
            for name, document in documents.items()
        }


def empty(dashboard: Mapping[str, Any]) -> set[str]:
    """The titles of panels that show nothing."""
    return {
        panel["title"]
        for panel in dashboard["panels"]
        if panel["type"] != "row" and not panel["series"]
    }
