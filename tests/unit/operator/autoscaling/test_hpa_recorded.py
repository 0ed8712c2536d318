"""The decisions of Kubernetes itself, replayed.

recorded_hpa_decisions.json was written by kube-controller-manager 1.36.3: its own
reconcileAutoscaler ran over made-up specs, pods and samples, under a fake clock, and noted the
scale and the status that it left. A look begins `after` seconds; `set` is a scaling by hand before
it. Conditions are AbleToScale, ScalingActive and ScalingLimited, as far as set.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from modelserver_operator.autoscaling.hpa import (
    ConditionType,
    History,
    Phase,
    Pod,
    Spec,
    decide,
    parse,
    record_scale,
)

RECORDED = json.loads((Path(__file__).parent / "recorded_hpa_decisions.json").read_text())


def spec_of(run: dict[str, Any]) -> Spec:
    target = {"type": "AverageValue", "averageValue": run["target"]}
    metric = {"type": "Pods", "pods": {"metric": {"name": "m"}, "target": target}}
    return parse(
        {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "spec": {
                "scaleTargetRef": {"kind": "Deployment", "name": "d"},
                "minReplicas": run["min"],
                "maxReplicas": run["max"],
                "metrics": [metric],
                "behavior": run["behavior"],
            },
        }
    )


def pods_of(look: dict[str, Any]) -> list[Pod]:
    return [
        Pod(name, deleting=True) if state == "Deleting" else Pod(name, Phase(state))
        for name, state in look["pods"].items()
    ]


@pytest.mark.parametrize("run", RECORDED)
def test_every_decision_is_the_one_that_kubernetes_took(run: dict[str, Any]) -> None:
    spec, replicas, history, now = spec_of(run), run["replicas"], History(), 0.0
    reasons: dict[ConditionType, str] = {}
    for look in run["looks"]:
        now += look["after"]
        replicas = look.get("set", replicas)
        decision = decide(spec, replicas, look["samples"], pods_of(look), history, now)
        if decision.rescale:
            decision = record_scale(decision, spec, now)
        reasons |= {condition.type: condition.reason for condition in decision.conditions}
        assert decision.desired_replicas == look["desired"]
        assert decision.current_milli == look["usage"]
        assert [reasons[type_] for type_ in ConditionType if type_ in reasons] == look["conditions"]
        replicas, history = decision.desired_replicas, decision.history
