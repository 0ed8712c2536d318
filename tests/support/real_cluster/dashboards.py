"""What the panels of a dashboard show of a run, for those who have no Grafana."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from real_cluster.prometheus import Prometheus

STEP = 2.0

Panel = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Period:
    """From when to when, in seconds of Unix' time."""

    start: float
    end: float


def shown(
    dashboard: Mapping[str, Any],
    chosen: Mapping[str, str],
    prometheus: Prometheus,
    period: Period,
) -> list[Panel]:
    """Each panel with its place and, but for rows, the series of its queries.

    Args:
        dashboard: as Grafana imports it.
        chosen: what stands for its variables.
    """

    def answers(panel: Panel) -> Iterator[dict[str, Any]]:
        for target in panel.get("targets", ()):
            query = filled_in(target["expr"], chosen)
            for series in prometheus.over(query, period.start, period.end, STEP):
                name = legend(target.get("legendFormat", target["refId"]), series["labels"])
                yield {**series, "name": name, "of": target["refId"], "unit": unit(panel, target)}

    return [
        {
            "title": panel["title"],
            "type": panel["type"],
            "place": panel["gridPos"],
            "series": list(answers(panel)),
        }
        for panel in dashboard["panels"]
    ]


def unit(panel: Mapping[str, Any], target: Mapping[str, Any]) -> str:
    """What a query's values are shown in: a column of a table has a unit of its own."""
    config = panel["fieldConfig"]
    own = {each["matcher"]["options"]: each["properties"] for each in config["overrides"]}
    for each in own.get(target["refId"], ()):
        if each["id"] == "unit":
            return str(each["value"])
    return str(config["defaults"].get("unit", ""))


def filled_in(query: str, chosen: Mapping[str, str]) -> str:
    """The query with values in place of its variables."""
    for variable, value in chosen.items():
        query = query.replace(f"${variable}", value)
    return query


def legend(form: str, labels: Mapping[str, str]) -> str:
    """What a series is called: `{{label}}` stands for the value of a label."""
    return re.sub(r"{{(\w+)}}", lambda found: labels.get(found[1], ""), form)
