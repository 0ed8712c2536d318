"""Kubernetes' own autoscaler drives a ModelServer by the ratio of requests to streams."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from control_plane import ControlPlane, Kubectl, eventually
from control_plane.metrics_api import MetricsApi
from control_plane.operator import OperatorProcess
from control_plane.pods import RunningPods

AUTOSCALING = {
    "enabled": True,
    "max_replicas": 3,
    "target_ratio": 1,
    "scale_down_stabilization_seconds": 0,
}


@pytest.fixture
def ratio(control_plane: ControlPlane) -> Iterator[MetricsApi]:
    """The ratio as an adapter would tell it, the same for every pod."""
    with MetricsApi(control_plane, "ovms_requests_streams_ratio") as metrics:
        yield metrics


def replicas(kubectl: Kubectl) -> tuple[int, int]:
    """What the ModelServer asks for, and what its Deployment has ready."""
    asked = kubectl.get("ms", "demo")["spec"]["deployment_parameters"]["replicas"]
    ready = kubectl.get("deployment", "demo-ovms")["status"].get("readyReplicas", 0)
    return asked, ready


def test_replicas_follow_the_ratio_up_and_down_again(
    operator: OperatorProcess,
    running_pods: RunningPods,
    ratio: MetricsApi,
    kubectl: Kubectl,
    model_server: dict[str, Any],
) -> None:
    ratio.value = "1"
    model_server["spec"]["autoscaling"] = AUTOSCALING
    kubectl.apply(model_server)
    eventually(lambda: kubectl.list("deployments"))
    eventually(lambda: replicas(kubectl) == (1, 1))
    ratio.value = "2500m"
    eventually(lambda: replicas(kubectl) == (3, 3), 60)
    ratio.value = "100m"
    eventually(lambda: replicas(kubectl) == (1, 1), 60)


def test_without_the_metric_replicas_stay(
    operator: OperatorProcess,
    running_pods: RunningPods,
    ratio: MetricsApi,
    kubectl: Kubectl,
    model_server: dict[str, Any],
) -> None:
    ratio.value = "2500m"
    model_server["spec"]["autoscaling"] = AUTOSCALING
    kubectl.apply(model_server)
    eventually(lambda: kubectl.list("deployments"))
    eventually(lambda: replicas(kubectl) == (3, 3), 60)
    ratio.value = None
    eventually(lambda: scaling_active(kubectl) == "False")
    assert replicas(kubectl) == (3, 3)


def scaling_active(kubectl: Kubectl) -> str:
    [autoscaler] = kubectl.list("horizontalpodautoscalers")
    states = {each["type"]: each["status"] for each in autoscaler["status"].get("conditions", ())}
    return states.get("ScalingActive", "")
