"""The project on a cluster, installed as its users do: by its own chart."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from control_plane.processes import environment
from programs import program
from real_cluster import addons, images
from real_cluster.cluster import Cluster

CHART: Final = Path(__file__).parents[3] / "charts/modelserver-operator"
NAMESPACE: Final = "modelserver-operator"

VALUES: Final[Mapping[str, Any]] = {
    "image": {"repository": "localhost/modelserver-operator", "tag": "e2e", "pullPolicy": "Never"},
    "settings": {
        "runtimeImage": images.RUNTIME.reference,
        "serviceMonitorLabels": {"release": "prometheus"},
        "adapterWindow": "10s",
    },
    "serviceMonitor": {"enabled": True, "interval": "5s"},
    "prometheusRule": {"enabled": True},
    # where the adapter's own chart looks with rules.existing=adapter-config
    "adapterRule": {"enabled": True, "namespace": "monitoring", "name": "adapter-config"},
}
"""Those of a cluster where Prometheus selects like kube-prometheus-stack does."""


def install_everything(cluster: Cluster) -> None:
    """The operator, and all that it works with."""
    cluster.load(images.RUNTIME, images.OPERATOR)
    cluster.install(addons.PROMETHEUS_OPERATOR)
    install(cluster, VALUES)
    cluster.install(addons.PROMETHEUS, addons.ADAPTER, addons.METRICS_SERVER, addons.KEDA)


def install(cluster: Cluster, values: Mapping[str, Any], chart: Path = CHART) -> None:
    """Install or upgrade the chart, and return when the operator is up.

    Raises:
        RuntimeError: it did not come up; with Helm's words.
    """
    done = subprocess.run(
        [
            program("helm"),
            *("upgrade", "--install", "modelserver-operator", chart),
            *("--namespace", NAMESPACE, "--create-namespace"),
            *("--values", "-", "--wait", "--timeout", "3m"),
        ],
        input=yaml.safe_dump(dict(values)),
        capture_output=True,
        text=True,
        env=environment(KUBECONFIG=str(cluster.plane.admin)),
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
