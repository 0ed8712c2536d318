"""Never two autoscalers, and no jump in replicas when one follows another."""

from __future__ import annotations

from typing import Any

import pytest

from control_plane import Kubectl, definitions, eventually
from control_plane.passes import Passes, model_server

AUTOSCALERS = "hpa,scaledobject"


def autoscaled(provider: str = "hpa", **spec: object) -> dict[str, Any]:
    return model_server(autoscaling={"enabled": True, "provider": provider}, **spec)


def autoscalers(kubectl: Kubectl) -> list[tuple[str, str]]:
    return [(one["kind"], one["metadata"]["name"]) for one in kubectl.list(AUTOSCALERS)]


def replicas(kubectl: Kubectl) -> int:
    found: int = kubectl.get("deploy", "demo-ovms")["spec"]["replicas"]
    return found


@pytest.mark.parametrize(("before", "after"), [("hpa", "keda"), ("keda", "hpa")])
async def test_a_change_of_provider_keeps_the_count_all_along(
    before: str, after: str, kubectl: Kubectl, reconcile: Passes
) -> None:
    kubectl.apply(autoscaled(before))
    await reconcile()
    kubectl("scale", "ms", "demo", "--replicas=3")
    await reconcile()
    kubectl.apply(autoscaled(after, deployment_parameters={"replicas": 1}))
    outcome = await reconcile()
    assert (outcome.after, autoscalers(kubectl), replicas(kubectl)) == (2.0, [], 3)
    await reconcile()
    kind = {"hpa": "HorizontalPodAutoscaler", "keda": "ScaledObject"}[after]
    assert (autoscalers(kubectl), replicas(kubectl)) == ([(kind, "demo-ovms")], 3)


async def test_what_keda_holds_is_waited_for(kubectl: Kubectl, reconcile: Passes) -> None:
    kubectl.apply(autoscaled("keda"))
    await reconcile()
    held = ("--type=merge", '--patch={"metadata":{"finalizers":["finalizer.keda.sh"]}}')
    kubectl("patch", "scaledobject", "demo-ovms", *held)
    kubectl.apply(autoscaled("hpa"))
    for _ in range(2):
        await reconcile()
        assert autoscalers(kubectl) == [("ScaledObject", "demo-ovms")]
    let_go = ("--type=merge", '--patch={"metadata":{"finalizers":null}}')
    kubectl("patch", "scaledobject", "demo-ovms", *let_go)
    await reconcile()
    assert autoscalers(kubectl) == [("HorizontalPodAutoscaler", "demo-ovms")]


async def test_ours_steps_back_behind_a_users_and_returns(
    kubectl: Kubectl, reconcile: Passes
) -> None:
    kubectl.apply(autoscaled())
    await reconcile()
    # as `kubectl autoscale ModelServer demo` would name it
    target = {"apiVersion": "intel.com/v1alpha1", "kind": "ModelServer", "name": "demo"}
    users = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "demo"},
        "spec": {"scaleTargetRef": target, "minReplicas": 2, "maxReplicas": 4},
    }
    kubectl.apply(users)
    await reconcile()
    assert autoscalers(kubectl) == [("HorizontalPodAutoscaler", "demo")]
    assert replicas(kubectl) == 2
    kubectl("delete", "hpa", "demo")
    await reconcile()
    assert autoscalers(kubectl) == [("HorizontalPodAutoscaler", "demo-ovms")]


async def test_keda_that_is_installed_later_is_picked_up(
    kubectl: Kubectl, reconcile: Passes
) -> None:
    crd = "scaledobjects.keda.sh"
    definition = kubectl("get", "crd", crd, "-o", "json")
    kubectl("delete", "crd", crd)
    try:
        kubectl.apply(autoscaled("keda"))
        outcome = await reconcile()
        assert "Deployment demo-ovms created" in outcome.changes
        assert "ScaledObject demo-ovms created" not in outcome.changes
    finally:
        kubectl("create", "-f", "-", stdin=definition)
        definitions.wait_until_served(kubectl)
    eventually(lambda: kubectl("get", "scaledobject") is not None)
    await reconcile()
    assert autoscalers(kubectl) == [("ScaledObject", "demo-ovms")]
