"""From `kubectl apply` to children, and what becomes of them afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from control_plane import ControlPlane, Kubectl, Refused, eventually
from control_plane.operator import OperatorProcess
from control_plane.pods import RunningPods

Manifest = dict[str, Any]
Settled = Callable[[], None]
WritesOf = Callable[[str, int], list[str]]


def image(kubectl: Kubectl) -> str:
    deployment = kubectl.get("deployment", "demo-ovms")
    found: str = deployment["spec"]["template"]["spec"]["containers"][0]["image"]
    return found


def gone(kubectl: Kubectl, kind: str, name: str) -> bool:
    try:
        kubectl.get(kind, name)
    except Refused:
        return True
    return False


def test_an_applied_modelserver_has_its_children_and_a_status(
    operator: OperatorProcess, kubectl: Kubectl, model_server: Manifest, settled: Settled
) -> None:
    kubectl.apply(model_server)
    settled()
    [owner] = kubectl.get("deployment", "demo-ovms")["metadata"]["ownerReferences"]
    assert (owner["kind"], owner["name"], owner["controller"]) == ("ModelServer", "demo", True)
    assert kubectl.get("service", "demo-ovms")
    status = kubectl.get("ms", "demo")["status"]
    assert "Ready" in {condition["type"] for condition in status["conditions"]}


def test_a_second_look_writes_nothing(
    control_plane: ControlPlane,
    operator: OperatorProcess,
    running_pods: RunningPods,
    kubectl: Kubectl,
    model_server: Manifest,
    settled: Settled,
    writes_of: WritesOf,
) -> None:
    kubectl.apply(model_server)
    settled()
    eventually(lambda: kubectl.get("ms", "demo")["status"].get("replicas") == 1)
    eventually(lambda: no_writes_for(3, control_plane, operator, writes_of))
    mark = control_plane.audit.mark()
    kubectl("annotate", "ms/demo", "example.org/note=look-again")
    time.sleep(3)
    assert writes_of(operator.user, mark) == []


def no_writes_for(
    seconds: float, plane: ControlPlane, operator: OperatorProcess, writes_of: WritesOf
) -> bool:
    mark = plane.audit.mark()
    time.sleep(seconds)
    return not writes_of(operator.user, mark)


@pytest.mark.parametrize(
    ("command", "is_back"),
    [
        pytest.param(
            ("delete", "service", "demo-ovms"),
            lambda kubectl: kubectl.get("service", "demo-ovms"),
            id="deleted",
        ),
        pytest.param(
            ("set", "image", "deployment/demo-ovms", "*=example.org/other"),
            lambda kubectl: image(kubectl) != "example.org/other",
            id="image-set",
        ),
        pytest.param(
            ("label", "service/demo-ovms", "release-", "app-"),
            lambda kubectl: "app" in kubectl.get("service", "demo-ovms")["metadata"]["labels"],
            id="labels-removed",
        ),
    ],
)
def test_what_is_done_to_a_child_by_hand_is_undone(
    operator: OperatorProcess,
    kubectl: Kubectl,
    model_server: Manifest,
    settled: Settled,
    command: tuple[str, ...],
    is_back: Callable[[Kubectl], object],
) -> None:
    kubectl.apply(model_server)
    settled()
    kubectl(*command)

    def put_back() -> object:
        try:
            return is_back(kubectl)
        except Refused:
            return False

    eventually(put_back, 10)


def test_what_another_manager_adds_to_a_child_stays(
    operator: OperatorProcess, kubectl: Kubectl, model_server: Manifest, settled: Settled
) -> None:
    kubectl.apply(model_server)
    settled()
    kubectl("annotate", "service/demo-ovms", "example.org/team=vision")
    kubectl.apply(with_grpc_port(model_server, 9001))
    eventually(lambda: 9001 in ports(kubectl))
    assert kubectl.get("service", "demo-ovms")["metadata"]["annotations"]["example.org/team"]


def test_a_second_manager_that_forces_its_value_on_a_child_does_not_keep_it(
    operator: OperatorProcess, kubectl: Kubectl, model_server: Manifest, settled: Settled
) -> None:
    kubectl.apply(with_grpc_port(model_server, 9001))
    settled()
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "demo-ovms"},
        "spec": {"type": "NodePort"},
    }
    forced = ("--server-side", "--force-conflicts", "--field-manager=second")
    kubectl.apply(service, arguments=forced)
    eventually(lambda: kubectl.get("service", "demo-ovms")["spec"]["type"] == "ClusterIP")


def with_grpc_port(model_server: Manifest, port: int) -> Manifest:
    spec = model_server["spec"] | {"service_parameters": {"grpc_port": port}}
    return model_server | {"spec": spec}


def ports(kubectl: Kubectl) -> set[int]:
    return {port["port"] for port in kubectl.get("service", "demo-ovms")["spec"]["ports"]}


def test_children_go_with_their_modelserver_without_the_operator(
    operator: OperatorProcess, kubectl: Kubectl, model_server: Manifest, settled: Settled
) -> None:
    kubectl.apply(model_server)
    settled()
    operator.stop()
    kubectl("delete", "ms/demo")
    eventually(lambda: gone(kubectl, "deployment", "demo-ovms"))
    eventually(lambda: gone(kubectl, "service", "demo-ovms"))


def test_scale_reaches_the_deployment(
    operator: OperatorProcess, kubectl: Kubectl, model_server: Manifest, settled: Settled
) -> None:
    kubectl.apply(model_server)
    settled()
    kubectl("scale", "ms/demo", "--replicas=3")
    eventually(lambda: kubectl.get("deployment", "demo-ovms")["spec"]["replicas"] == 3)
    eventually(lambda: kubectl.get("ms", "demo")["status"]["replicas"] == 3)
