"""The status through a ModelServer's life, as its users see it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Protocol

import pytest

from control_plane import Kubectl, eventually
from control_plane.passes import Passes, model_server
from modelserver_operator.reconcile import Outcome as PassOutcome
from waiting_tools import Outcome, argo_cd, kstatus, kubectl_wait

Condition = Callable[[str], dict[str, Any]]


class Stub(Protocol):
    address: str

    def serves(self, model: str, state: str = "AVAILABLE") -> None: ...


class Pods(Protocol):
    def say(self, **status: object) -> None: ...
    def run(self, address: str, *, ready: bool = True) -> None: ...
    def wait(self, reason: str, message: str) -> None: ...
    def names(self) -> list[str]: ...


def judged(kubectl: Kubectl) -> tuple[Outcome, bool, str]:
    live = kubectl.get("modelserver", "demo")
    return kstatus(live), kubectl_wait(live), argo_cd(live)


AT_WORK = (Outcome.IN_PROGRESS, False, "Progressing")
DONE = (Outcome.CURRENT, True, "Healthy")


def test_before_the_operator_has_seen_it_nobody_takes_it_for_done(
    kubectl: Kubectl, condition: Condition
) -> None:
    kubectl.apply(model_server())

    assert judged(kubectl) == AT_WORK
    assert condition("Ready")["reason"] == "Pending"


async def settle(reconcile: Passes, kubectl: Kubectl, ready: int) -> PassOutcome:
    """A pass after the Deployment's controller has counted its pods."""

    def counted() -> bool:
        status = kubectl.get("deployment", "demo-ovms")["status"]
        return bool(status.get("readyReplicas", 0) == ready)

    eventually(counted)
    return await reconcile()


async def test_from_apply_to_ready(
    kubectl: Kubectl, reconcile: Passes, pods: Pods, model_server_stub: Stub
) -> None:
    kubectl.apply(model_server())
    await reconcile()
    before = judged(kubectl)
    model_server_stub.serves("m", state="LOADING")
    pods.run(model_server_stub.address, ready=False)
    await reconcile()
    loading = judged(kubectl)

    model_server_stub.serves("m")
    pods.run(model_server_stub.address)
    await settle(reconcile, kubectl, ready=1)

    assert (before, loading, judged(kubectl)) == (AT_WORK, AT_WORK, DONE)
    kubectl("wait", "--for=condition=Ready", "modelserver/demo", "--timeout=1s")


async def test_what_kubectl_get_shows(
    kubectl: Kubectl, reconcile: Passes, pods: Pods, model_server_stub: Stub, namespace: str
) -> None:
    model_server_stub.serves("m")
    kubectl.apply(model_server(deployment_parameters={"replicas": 3}))
    await reconcile()
    pods.run(model_server_stub.address)
    await settle(reconcile, kubectl, ready=3)

    header, line = (
        re.split(r"\s{2,}", row.strip()) for row in kubectl("get", "ms", "-o", "wide").splitlines()
    )

    assert header == [
        *("NAME", "MODEL", "DEVICE", "READY", "RATIO", "REPLICAS", "AGE", "GRPC", "REST")
    ]
    host = f"demo-ovms.{namespace}.svc"
    assert line[:4] == ["demo", "m", "CPU", "3/3"]
    assert line[-2:] == [f"{host}:8080", f"http://{host}:8081"]


async def test_scaling_leaves_it_ready(
    kubectl: Kubectl, reconcile: Passes, pods: Pods, model_server_stub: Stub
) -> None:
    model_server_stub.serves("m")
    kubectl.apply(model_server())
    await reconcile()
    pods.run(model_server_stub.address)
    await settle(reconcile, kubectl, ready=1)

    kubectl("scale", "modelserver/demo", "--replicas=3")
    unseen = judged(kubectl)
    await reconcile()

    assert (unseen, judged(kubectl)) == (AT_WORK, DONE)


async def test_a_new_spec_is_not_ready_until_a_pod_of_it_answers(
    kubectl: Kubectl, reconcile: Passes, pods: Pods, model_server_stub: Stub
) -> None:
    model_server_stub.serves("m")
    kubectl.apply(model_server())
    await reconcile()
    pods.run(model_server_stub.address)
    await settle(reconcile, kubectl, ready=1)

    kubectl.apply(model_server(deployment_parameters={"env": [{"name": "A", "value": "b"}]}))
    await reconcile()
    at_once = judged(kubectl)
    eventually(lambda: len(pods.names()) == 2)
    await reconcile()
    rolling = judged(kubectl)
    pods.run(model_server_stub.address)
    await settle(reconcile, kubectl, ready=1)

    assert (at_once, rolling, judged(kubectl)) == (AT_WORK, AT_WORK, DONE)


async def test_a_status_that_stays_is_not_written_again(
    kubectl: Kubectl, reconcile: Passes, pods: Pods, model_server_stub: Stub
) -> None:
    model_server_stub.serves("m")
    kubectl.apply(model_server())
    await reconcile()
    pods.run(model_server_stub.address)
    await settle(reconcile, kubectl, ready=1)

    outcome = await reconcile()

    assert (outcome.changes, reconcile.writes) == ((), [])


def events(kubectl: Kubectl) -> list[tuple[str, str]]:
    about = "--field-selector=involvedObject.kind=ModelServer"
    return [(event["type"], event["reason"]) for event in kubectl.list("events", about)]


async def test_each_transition_is_an_event_and_nothing_is_told_twice(
    kubectl: Kubectl, reconcile: Passes, pods: Pods, model_server_stub: Stub
) -> None:
    model_server_stub.serves("m")
    kubectl.apply(model_server())
    await reconcile()
    pods.wait("ErrImagePull", "no such image.")
    await reconcile()
    await reconcile.restarted()()
    told = events(kubectl)
    pods.say(containerStatuses=None)
    pods.run(model_server_stub.address)
    await settle(reconcile, kubectl, ready=1)

    assert told == [("Warning", "ImagePullFailed")]
    assert ("Normal", "ModelsAnswer") in events(kubectl)
    assert "no such image" in kubectl("describe", "modelserver", "demo")


async def test_what_a_kubelet_says_only_in_an_event_is_found(
    kubectl: Kubectl, reconcile: Passes, pods: Pods, condition: Condition, namespace: str
) -> None:
    kubectl.apply(model_server())
    await reconcile()
    (name,) = eventually(pods.names)
    pods.say(conditions=[{"type": "PodScheduled", "status": "True"}])
    uid = kubectl.get("pod", name)["metadata"]["uid"]
    words = 'MountVolume.SetUp failed for volume "config": configmap "models" not found'
    kubectl.apply(kubelet_event(name, namespace, uid, words))

    await reconcile()

    degraded = condition("Degraded")
    assert degraded["reason"] == "ReferenceMissing"
    assert 'configmap "models" not found' in degraded["message"]


def kubelet_event(pod: str, namespace: str, uid: str, message: str) -> dict[str, Any]:
    regarding = {"kind": "Pod", "name": pod, "namespace": namespace, "uid": uid}
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{pod}.1", "namespace": namespace},
        "involvedObject": {"apiVersion": "v1", **regarding},
        "type": "Warning",
        "reason": "FailedMount",
        "message": message,
        "source": {"component": "kubelet"},
        "firstTimestamp": "2026-01-31T12:00:00Z",
        "lastTimestamp": "2026-01-31T12:00:00Z",
        "count": 1,
    }


async def test_pods_that_the_namespace_refuses_are_explained(
    kubectl: Kubectl, reconcile: Passes, condition: Condition, namespace: str
) -> None:
    kubectl("label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted")
    kubectl.apply(model_server(models_repository={"models_host_path": "/models"}))
    await reconcile()

    def refused() -> bool:
        said = kubectl.get("deployment", "demo-ovms").get("status", {}).get("conditions", ())
        return any(one["type"] == "ReplicaFailure" for one in said)

    eventually(refused)
    await reconcile()

    assert condition("Degraded")["reason"] == "HostPathRefused"
    assert judged(kubectl) == (Outcome.FAILED, False, "Degraded")


@pytest.mark.parametrize("paused", [True, False])
async def test_no_pods_are_ready_where_none_are_wanted(
    kubectl: Kubectl, reconcile: Passes, condition: Condition, *, paused: bool
) -> None:
    kubectl.apply(model_server(deployment_parameters={"replicas": 0 if paused else 1}))

    await reconcile()

    assert condition("Ready")["reason"] == ("Paused" if paused else "Starting")
