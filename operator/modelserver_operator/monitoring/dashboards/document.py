"""What both dashboards have in common, and the JSON that Grafana imports."""

import json
from collections.abc import Iterable, Mapping

from grafana_foundation_sdk.builders.dashboard import Dashboard, DashboardLink, QueryVariable, Row
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    Panel,
)

from modelserver_operator.monitoring.dashboards.variables import datasource

_TAG = "modelserver"

Panels = Iterable[Builder[Panel]]
"""In the order in which they fill their row, from left to right."""


def dashboard(
    title: str,
    uid: str,
    description: str,
    choices: Iterable[QueryVariable],
    rows: Mapping[str, Panels],
) -> Dashboard:
    """A dashboard, linked to the others of ours.

    Args:
        uid: what its address is made of, at most 40 characters.
        choices: its variables, beside the datasource.
        rows: its panels, by the title of their row.
    """
    others = DashboardLink("ModelServers").type(DashboardLinkType.DASHBOARDS).tags([_TAG])
    made = (
        Dashboard(title)
        .uid(uid)
        .description(description)
        .tags([_TAG])
        .link(others.as_dropdown(as_dropdown=True).keep_time(keep_time=True))
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .time("now-30m", "now")
        .refresh("10s")
        .variables([datasource(), *choices])
    )
    for row, panels in rows.items():
        made.with_row(Row(row))
        for panel in panels:
            made.with_panel(panel)
    return made


def as_json(made: Dashboard, *, indent: int | None = None) -> str:
    """The dashboard's JSON model; without an indent it is made several times as quickly."""
    return json.dumps(made.build(), cls=JSONEncoder, indent=indent) + "\n"
