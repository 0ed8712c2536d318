"""The dashboards that a release brings."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Manifest = dict[str, Any]
Render = Callable[..., list[Manifest]]


def dashboards(render: Render, **settings: object) -> list[Manifest]:
    objects = render({"dashboards": {"enabled": True}, "settings": settings})
    return [item for item in objects if "-dashboard-" in item["metadata"]["name"]]


def test_both_come_where_they_are_asked_for(render: Render) -> None:
    titles = [
        json.loads(text)["title"]
        for config_map in dashboards(render)
        for text in config_map["data"].values()
    ]
    assert titles == ["ModelServers", "ModelServer"]


def test_grafana_finds_them_by_the_labels_that_those_of_modelservers_have(render: Render) -> None:
    for config_map in dashboards(render, dashboardLabels={"grafana_dashboard": "2", "team": "ml"}):
        labels = config_map["metadata"]["labels"]
        assert (labels["grafana_dashboard"], labels["team"]) == ("2", "ml")
