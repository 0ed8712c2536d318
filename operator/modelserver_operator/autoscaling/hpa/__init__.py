"""Kubernetes' HorizontalPodAutoscaler (autoscaling/v2) for one Pods metric, as a pure function.

It follows kube-controller-manager 1.36 to the letter, oddities included, so that what a ModelServer
does without a cluster is what it will do in one. No clock and no IO: time is an argument, in
seconds, and what must be remembered between two calls is a value, `History`.

    spec = parse(manifest)
    decision = decide(spec, replicas, samples, pods, history, now)
    if decision.rescale:
        scale_to(decision.desired_replicas)
        decision = record_scale(decision, spec, now)
    history = decision.history
"""

from modelserver_operator.autoscaling.hpa.conditions import Condition, ConditionType
from modelserver_operator.autoscaling.hpa.decide import Decision, decide, record_scale
from modelserver_operator.autoscaling.hpa.history import History
from modelserver_operator.autoscaling.hpa.manifest import InvalidAutoscalerError, parse
from modelserver_operator.autoscaling.hpa.types import (
    Behavior,
    Phase,
    Pod,
    Policy,
    PolicyType,
    ScalingRules,
    SelectPolicy,
    Spec,
)

__all__ = [
    "Behavior",
    "Condition",
    "ConditionType",
    "Decision",
    "History",
    "InvalidAutoscalerError",
    "Phase",
    "Pod",
    "Policy",
    "PolicyType",
    "ScalingRules",
    "SelectPolicy",
    "Spec",
    "decide",
    "parse",
    "record_scale",
]
