"""Autoscalers: whose they are, what they read, and what they say."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from modelserver_operator.autoscaling.ratio import METRIC_NAME
from modelserver_operator.observing.autoscalers import read_autoscalers

Manifest = dict[str, Any]
METRIC = {"metric": {"name": METRIC_NAME}}


def owned(uid: str) -> Manifest:
    return {"ownerReferences": [{"uid": uid, "controller": True}]}


def hpa(name: str = "demo-ovms", **metadata: object) -> Manifest:
    return {
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name, "uid": name, **metadata},
        "spec": {
            "scaleTargetRef": {"kind": "ModelServer", "name": "demo"},
            "metrics": [{"type": "Pods", "pods": METRIC}],
        },
        "status": {
            "desiredReplicas": 3,
            "currentMetrics": [{"pods": {**METRIC, "current": {"averageValue": "750m"}}}],
            "conditions": [{"type": "ScalingActive", "status": "True", "reason": "r"}],
        },
    }


def test_what_an_autoscaler_of_ours_says() -> None:
    (seen,) = read_autoscalers([hpa(**owned("ms"))], "ms")

    assert (seen.ours, seen.reads_ratio, seen.ratio, seen.desired) == (
        True,
        True,
        Decimal("0.75"),
        3,
    )
    assert seen.conditions is not None
    assert seen.conditions["ScalingActive"].reason == "r"


def test_one_without_an_owner_is_a_users() -> None:
    (seen,) = read_autoscalers([hpa()], "ms")

    assert not seen.ours


def test_one_on_cpu_reads_no_ratio() -> None:
    cpu = hpa()
    cpu["spec"]["metrics"] = [{"type": "Resource", "resource": {"name": "cpu"}}]
    cpu["status"]["currentMetrics"] = [{"resource": {"current": {"averageValue": "100m"}}}]

    (seen,) = read_autoscalers([cpu], "ms")

    assert (seen.reads_ratio, seen.ratio) == (False, None)


def test_one_that_kubernetes_has_not_looked_at_yet() -> None:
    new = hpa()
    del new["status"]

    (seen,) = read_autoscalers([new], "ms")

    assert (seen.desired, seen.ratio, seen.conditions) == (None, None, {})


def test_kedas_autoscaler_is_ours_as_its_scaled_object_is() -> None:
    trigger = {"metadata": {"query": "sum(ovms_streams)"}}
    scaled = {
        "kind": "ScaledObject",
        "metadata": {"name": "demo-ovms", "uid": "so", **owned("ms")},
        "spec": {"scaleTargetRef": {"kind": "ModelServer"}, "triggers": [trigger]},
    }
    made = hpa("keda-hpa-demo-ovms", **owned("so"))
    made["status"]["currentMetrics"] = [{"external": {"current": {"averageValue": "1500m"}}}]

    object_, autoscaler = read_autoscalers([scaled, made], "ms")

    assert object_.ours
    assert object_.ratio is None
    assert (autoscaler.ours, autoscaler.reads_ratio, autoscaler.ratio) == (
        True,
        True,
        Decimal("1.5"),
    )


def test_one_on_the_deployment_is_told_from_one_on_the_model_server() -> None:
    other = hpa()
    other["spec"]["scaleTargetRef"] = {"kind": "Deployment", "name": "demo-ovms"}

    targets = [one.targets_deployment for one in read_autoscalers([hpa(), other], "ms")]

    assert targets == [False, True]
