"""One manifest, applied: served, measured, scaled from one to three replicas and back."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from control_plane import Kubectl, eventually
from real_cluster.figures import record
from real_cluster.load import Load
from real_cluster.pods import measured
from real_cluster.timeline import Timeline

QUICKSTART = Path(__file__).parents[2] / "examples/quickstart/modelserver.yaml"


@pytest.mark.parametrize("provider", ["hpa", "keda"])
def test_a_manifest_is_served_and_scaled_up_and_down_again(kubectl: Kubectl, provider: str) -> None:
    manifest = quickstart()
    manifest["spec"]["autoscaling"]["provider"] = provider
    manifest["spec"]["monitoring"]["service_monitor"]["interval"] = "5s"  # half a window
    kubectl.apply(manifest)
    kubectl("wait", "--for=condition=Ready", "modelserver/ocr", "--timeout=120s")
    eventually(lambda: measured(kubectl), 90)

    with Timeline(kubectl, "ocr-ovms") as timeline:
        began = time.monotonic()
        with Load(kubectl, "ocr-ovms", model="ocr", connections=12) as load:
            serving = timeline.reach(3, seconds=120)
        timeline.reach(1, seconds=180)

    assert condition(kubectl, "MetricsAvailable") == "True"
    wanted = next(moment.at for moment in timeline.moments if moment.wanted == 3)
    figures = {"wanted": round(wanted - began, 1), "serving": round(serving - began, 1)}
    record("autoscaling", **{f"{provider}: s from load to three replicas": figures})
    assert load.answered > 0
    assert load.failures == []


def quickstart() -> dict[str, Any]:
    """The quickstart's manifest, whose replicas share the cores of one node."""
    manifest: dict[str, Any] = yaml.safe_load(QUICKSTART.read_text())
    resources = manifest["spec"]["deployment_parameters"]["resources"]
    resources["requests"] = {"cpu": "100m", "memory": "128Mi"}
    return manifest


def condition(kubectl: Kubectl, name: str) -> str:
    status = kubectl.get("modelserver", "ocr").get("status", {})
    found = {each["type"]: each["status"] for each in status.get("conditions", ())}
    return found.get(name, "")
