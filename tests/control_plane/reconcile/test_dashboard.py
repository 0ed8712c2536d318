"""A ModelServer's dashboard, from its field to the ConfigMap that Grafana's sidecar looks for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from control_plane import Kubectl
from control_plane.passes import Passes, model_server

ON: dict[str, Any] = {"monitoring": {"dashboard": {"enabled": True}}}
OF_GRAFANA = "--selector=grafana_dashboard=1"


def dashboards(kubectl: Kubectl) -> list[str]:
    return [one["metadata"]["name"] for one in kubectl.list("configmap", OF_GRAFANA)]


async def test_a_dashboard_comes_and_goes_with_its_field(
    kubectl: Kubectl, reconcile: Passes
) -> None:
    kubectl.apply(model_server(**ON))
    await reconcile()
    assert dashboards(kubectl) == ["demo-ovms-dashboard"]
    await reconcile()
    assert reconcile.writes == []
    kubectl.apply(model_server())
    await reconcile()
    assert dashboards(kubectl) == []


@pytest.mark.parametrize("damage", ["edited", "deleted"])
async def test_a_dashboard_that_somebody_damages_is_put_back(
    damage: str, kubectl: Kubectl, reconcile: Passes
) -> None:
    kubectl.apply(model_server(**ON))
    await reconcile()
    (made,) = kubectl.list("configmap", OF_GRAFANA)
    if damage == "edited":
        emptied = {"data": dict.fromkeys(made["data"], "{}")}
        kubectl("patch", "configmap", "demo-ovms-dashboard", "-p", json.dumps(emptied))
    else:
        kubectl("delete", "configmap", "demo-ovms-dashboard")
    await reconcile()
    (again,) = kubectl.list("configmap", OF_GRAFANA)
    assert again["data"] == made["data"]
