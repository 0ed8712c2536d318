"""That the control plane of the tests is one: its controllers work, its log tells who did what."""

import pytest

from control_plane import ControlPlane, Kubectl, Refused, eventually
from control_plane.metrics_api import MetricsApi
from control_plane.pods import RunningPods

DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web"},
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "web", "image": "example.org/web"}]},
        },
    },
}

AUTOSCALER = {
    "apiVersion": "autoscaling/v2",
    "kind": "HorizontalPodAutoscaler",
    "metadata": {"name": "web"},
    "spec": {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
        "maxReplicas": 4,
        "metrics": [
            {
                "type": "Pods",
                "pods": {
                    "metric": {"name": "load"},
                    "target": {"type": "AverageValue", "averageValue": "1"},
                },
            }
        ],
    },
}


def test_a_deployment_has_pods_that_are_ready(kubectl: Kubectl, running_pods: RunningPods) -> None:
    kubectl.apply(DEPLOYMENT)
    eventually(lambda: kubectl.get("deployment", "web")["status"].get("readyReplicas") == 2)


def test_the_audit_log_tells_who_wrote_what(
    control_plane: ControlPlane, kubectl: Kubectl, namespace: str
) -> None:
    mark = control_plane.audit.mark()
    kubectl("create", "configmap", "notes")
    [request] = [
        each
        for each in control_plane.audit.since(mark)
        if each.writes and each.user == "admin" and each.namespace == namespace
    ]
    assert (request.verb, request.resource, request.code) == ("create", "configmaps", 201)


def test_what_was_stored_survives_a_restart_of_the_api_server(
    control_plane: ControlPlane, kubectl: Kubectl
) -> None:
    kubectl("create", "configmap", "notes")
    control_plane.restart_apiserver()
    assert kubectl.get("configmap", "notes")


def test_a_user_without_rights_is_refused(control_plane: ControlPlane, namespace: str) -> None:
    nobody = Kubectl(control_plane.user("nobody"), namespace)
    with pytest.raises(Refused, match='User "nobody" cannot list resource "pods"'):
        nobody("get", "pods")


def test_an_autoscaler_follows_the_metric(
    control_plane: ControlPlane, kubectl: Kubectl, running_pods: RunningPods
) -> None:
    kubectl.apply(DEPLOYMENT, AUTOSCALER)
    with MetricsApi(control_plane, "load") as metrics:
        metrics.value = "3"
        eventually(lambda: kubectl.get("deployment", "web")["spec"]["replicas"] == 4)
