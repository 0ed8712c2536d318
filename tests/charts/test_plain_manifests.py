"""deploy/ is what the chart makes of its defaults, for those who don't use Helm.

`pytest tests/charts --renew-goldens` makes it again.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from modelserver_operator.manifests.documents import as_yaml

DEPLOY = Path(__file__).parents[2] / "deploy"
OF_HELM = ("app.kubernetes.io/managed-by", "helm.sh/chart")
MONITORING = ("serviceMonitor", "prometheusRule", "adapterRule")
NAMESPACE = {
    "apiVersion": "v1",
    "kind": "Namespace",
    "metadata": {
        "name": "modelserver-operator",
        "labels": {"pod-security.kubernetes.io/enforce": "restricted"},
    },
}

Manifest = dict[str, Any]
Render = Callable[..., list[Manifest]]


def without_helms_labels(value: object) -> object:
    """A manifest without the labels that say that Helm made it."""
    match value:
        case dict():
            kept = {key: part for key, part in value.items() if key not in OF_HELM}
            return {key: without_helms_labels(part) for key, part in kept.items()}
        case list():
            return [without_helms_labels(part) for part in value]
    return value


def test_operator_yaml_is_the_charts(render: Render, golden: Callable[[Path, str], None]) -> None:
    golden(DEPLOY / "operator.yaml", as_yaml([NAMESPACE, *map(without_helms_labels, render())]))


def test_monitoring_yaml_is_the_charts(render: Render, golden: Callable[[Path, str], None]) -> None:
    watched = render({block: {"enabled": True} for block in MONITORING})
    added = [manifest for manifest in watched if manifest not in render()]
    golden(DEPLOY / "monitoring.yaml", as_yaml(map(without_helms_labels, added)))


def test_the_dashboards_are_the_charts(render: Render, kubectl: Path) -> None:
    built = subprocess.run(
        [kubectl, "kustomize", DEPLOY / "dashboards"], capture_output=True, check=True
    ).stdout
    charts = render({"dashboards": {"enabled": True}})
    wanted = {
        item["metadata"]["name"]: item["data"]
        for item in charts
        if "grafana_dashboard" in item["metadata"]["labels"]
    }
    assert {item["metadata"]["name"]: item["data"] for item in yaml.safe_load_all(built)} == wanted
