"""Limits: how far one step may go, by the pace allowed and by the bounds of the spec."""

import math

from modelserver_operator.autoscaling.hpa.conditions import (
    DESIRED_WITHIN_RANGE,
    SCALE_DOWN_LIMIT,
    SCALE_UP_LIMIT,
    TOO_FEW_REPLICAS,
    TOO_MANY_REPLICAS,
    Condition,
)
from modelserver_operator.autoscaling.hpa.history import History
from modelserver_operator.autoscaling.hpa.types import (
    Policy,
    PolicyType,
    ScalingRules,
    SelectPolicy,
    Spec,
)


def limit(
    current: int, wanted: int, spec: Spec, history: History, now: float
) -> tuple[int, Condition]:
    """The count that is allowed of the wanted one, and the condition that says what cut it.

    `current` must lie within the spec's bounds.
    """
    if wanted > current:
        return _limit_up(current, wanted, spec, history, now)
    if wanted < current:
        return _limit_down(current, wanted, spec, history, now)
    return wanted, DESIRED_WITHIN_RANGE


def _limit_up(
    current: int, wanted: int, spec: Spec, history: History, now: float
) -> tuple[int, Condition]:
    fastest = _highest_allowed(current, spec, history, now)
    if wanted <= min(fastest, spec.max_replicas):
        return wanted, DESIRED_WITHIN_RANGE
    if fastest < spec.max_replicas:
        return fastest, SCALE_UP_LIMIT
    return spec.max_replicas, TOO_MANY_REPLICAS


def _limit_down(
    current: int, wanted: int, spec: Spec, history: History, now: float
) -> tuple[int, Condition]:
    fastest = _lowest_allowed(current, spec, history, now)
    if wanted >= max(fastest, spec.min_replicas):
        return wanted, DESIRED_WITHIN_RANGE
    if fastest > spec.min_replicas:
        return fastest, SCALE_DOWN_LIMIT
    return spec.min_replicas, TOO_FEW_REPLICAS


def _highest_allowed(current: int, spec: Spec, history: History, now: float) -> int:
    """The most replicas that the pace allows now; never fewer than there are.

    Without a behavior: twice as many, or 4.
    """
    if spec.behavior is None:
        return max(2 * current, 4)
    rules = spec.behavior.scale_up
    if rules.select_policy is SelectPolicy.DISABLED:
        return current
    select = min if rules.select_policy is SelectPolicy.MIN else max
    return max(current, select(_raised(_starts(current, rules, history, now))))


def _lowest_allowed(current: int, spec: Spec, history: History, now: float) -> int:
    """The fewest replicas that the pace allows now; never more than there are.

    Without a behavior the pace is free.
    """
    if spec.behavior is None:
        return 0
    rules = spec.behavior.scale_down
    if rules.select_policy is SelectPolicy.DISABLED:
        return current
    select = max if rules.select_policy is SelectPolicy.MIN else min
    return min(current, select(_lowered(_starts(current, rules, history, now))))


def _starts(
    current: int, rules: ScalingRules, history: History, now: float
) -> list[tuple[Policy, int]]:
    """Each policy with the count at the start of its period."""
    return [
        (policy, current - history.net_change(policy.period_seconds, now))
        for policy in rules.policies
    ]


def _raised(starts: list[tuple[Policy, int]]) -> list[int]:
    return [
        start + policy.value
        if policy.type is PolicyType.PODS
        # Rounded up, or a small percentage of a few pods would never allow one more.
        else math.ceil(start * (1 + policy.value / 100))
        for policy, start in starts
    ]


def _lowered(starts: list[tuple[Policy, int]]) -> list[int]:
    return [
        start - policy.value
        if policy.type is PolicyType.PODS
        else int(start * (1 - policy.value / 100))
        for policy, start in starts
    ]
