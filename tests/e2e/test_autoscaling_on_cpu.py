"""Intel's example of autoscaling on CPU, with metrics-server and nothing else."""

from __future__ import annotations

from pathlib import Path

import yaml

from control_plane import Kubectl, eventually
from real_cluster import images
from real_cluster.conditions import condition
from real_cluster.load import Load

INTEL = Path(__file__).parents[1] / "data/intel-operator"


def test_a_busy_server_is_scaled_by_an_autoscaler_on_cpu(kubectl: Kubectl) -> None:
    server = yaml.safe_load((INTEL / "ovms-sample.yaml").read_text())
    server["spec"]["image_name"] = images.RUNTIME.reference
    server["spec"]["models_settings"]["model_path"] = "/models/ocr"
    server["spec"]["models_repository"]["models_volume_claim"] = "ocr-models"
    # half a core would be out of reach where others use the cores as well
    server["spec"]["deployment_parameters"]["resources"]["requests"]["cpu"] = "200m"
    autoscaler = yaml.safe_load((INTEL / "horizontal_example.yaml").read_text())
    kubectl.apply(server, autoscaler)
    kubectl("wait", "--for=condition=Ready", "modelserver/ovms-sample", "--timeout=120s")

    with Load(kubectl, "ovms-sample", model="resnet", connections=4) as load:
        eventually(lambda: kubectl.get("deployment", "ovms-sample")["spec"]["replicas"] > 1, 180)

    assert load.failures == []
    eventually(lambda: scaling(kubectl) == "ValidMetricFound")  # it scales before it says so


def scaling(kubectl: Kubectl) -> str:
    """What the server tells of its autoscaler."""
    return condition(kubectl, "ovms-sample", "ScalingActive")["reason"]
