"""One manifest, applied: served, measured, scaled from one to three replicas and back."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from control_plane import Kubectl, eventually
from modelserver_operator.monitoring.queries import ratio
from real_cluster import Cluster
from real_cluster.conditions import condition
from real_cluster.figures import record
from real_cluster.load import Load
from real_cluster.pods import measured
from real_cluster.prometheus import Prometheus
from real_cluster.recording import Run, empty
from real_cluster.timeline import Timeline

SILENT = {"single": {"From the model cache"}, "fleet": set[str]()}
"""The panels of each dashboard that have nothing to show of such a run."""

QUICKSTART = Path(__file__).parents[2] / "examples/quickstart/modelserver.yaml"


@pytest.mark.parametrize("provider", ["hpa", "keda"])
def test_a_manifest_is_served_and_scaled_up_and_down_again(
    cluster: Cluster, kubectl: Kubectl, provider: str
) -> None:
    manifest = quickstart()
    manifest["spec"]["autoscaling"]["provider"] = provider
    manifest["spec"]["monitoring"]["service_monitor"]["interval"] = "5s"  # half a window
    kubectl.apply(manifest)
    kubectl("wait", "--for=condition=Ready", "modelserver/ocr", "--timeout=120s")
    eventually(lambda: measured(kubectl), 60)

    with Timeline(kubectl, "ocr-ovms") as timeline:
        run = Run()
        with Load(kubectl, "ocr-ovms", model="ocr", connections=12) as load:
            serving = timeline.reach(3, seconds=120)
            # connections stay where they are: those that are made now find the new replicas
            with Load(kubectl, "ocr-ovms", model="ocr", connections=12) as later:
                time.sleep(20)
        run.load_ends()
        alone = timeline.reach(1, seconds=180)

    eventually(lambda: condition(kubectl, "ocr", "MetricsAvailable")["status"] == "True")
    wanted = next(moment.at for moment in timeline.moments if moment.wanted == 3)
    figures = {
        "wanted": round(wanted - run.began, 1),
        "serving": round(serving - run.began, 1),
        "gone": round(alone - run.began - run.loaded, 1),
    }
    record(
        "autoscaling",
        **{f"{provider}: s from load to three replicas, and from its end to one": figures},
    )
    dashboards = recorded(cluster, kubectl, timeline, run, f"run-{provider}")
    assert load.answered > 0
    assert [*load.failures, *later.failures] == []
    assert {name: empty(shown) for name, shown in dashboards.items()} == SILENT


def recorded(
    cluster: Cluster, kubectl: Kubectl, timeline: Timeline, run: Run, name: str
) -> dict[str, Any]:
    """The dashboards of the run, kept with its course."""
    namespace = kubectl.namespace
    matchers = f'namespace="{namespace}"'
    with cluster.plane.client() as client:
        prometheus = Prometheus(client, "monitoring")
        course = run.course(prometheus, timeline, ratio(matchers, "10s"), matchers)
        dashboards = run.dashboards(prometheus, namespace, "ocr-ovms")
    record(name, course=course, **dashboards)
    return dashboards


def quickstart() -> dict[str, Any]:
    """The quickstart's manifest, whose replicas share the cores of one node."""
    manifest: dict[str, Any] = yaml.safe_load(QUICKSTART.read_text())
    resources = manifest["spec"]["deployment_parameters"]["resources"]
    resources["requests"] = {"cpu": "100m", "memory": "128Mi"}
    return manifest
