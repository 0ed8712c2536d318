from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelserver_operator.autoscaling.hpa import (
    Behavior,
    ConditionType,
    Decision,
    History,
    Phase,
    Pod,
    Policy,
    PolicyType,
    ScalingRules,
    Spec,
    decide,
    record_scale,
)

SPEC = Spec(min_replicas=1, max_replicas=5, target_milli=1000, metric="ratio")


def look(
    loads: Sequence[int],
    *,
    spec: Spec = SPEC,
    replicas: int | None = None,
    history: History | None = None,
    now: float = 0.0,
) -> Decision:
    """Decide over running pods with these loads."""
    samples = {f"p{i}": load for i, load in enumerate(loads)}
    pods = [Pod(name) for name in samples]
    count = len(loads) if replicas is None else replicas
    return decide(spec, count, samples, pods, history or History(), now)


def reasons(decision: Decision) -> dict[ConditionType, str]:
    return {condition.type: condition.reason for condition in decision.conditions}


def test_a_busy_pod_calls_for_company() -> None:
    decision = look([2500])
    assert decision.desired_replicas == 3
    assert decision.current_milli == 2500
    assert decision.reason == "pods metric ratio above target"
    assert reasons(decision) == {
        ConditionType.ABLE_TO_SCALE: "ReadyForNewScale",
        ConditionType.SCALING_ACTIVE: "ValidMetricFound",
        ConditionType.SCALING_LIMITED: "DesiredWithinRange",
    }


def test_an_idle_service_shrinks_to_its_minimum_once_the_window_has_passed() -> None:
    first = look([0, 0, 0])
    assert (first.desired_replicas, first.rescale) == (3, False)
    later = look([0, 0, 0], history=first.history, now=301.0)
    assert later.desired_replicas == 1
    assert later.reason == "All metrics below target"
    assert reasons(later)[ConditionType.SCALING_LIMITED] == "TooFewReplicas"


def test_the_count_at_first_sight_is_a_recommendation_like_any_other() -> None:
    history = look([0, 0, 0, 0], now=100.0).history
    assert look([0, 0, 0, 0], history=history, now=399.0).desired_replicas == 4


@pytest.mark.parametrize(
    ("replicas", "desired", "reason"),
    [
        (7, 5, "Current number of replicas above Spec.MaxReplicas"),
        (1, 2, "Current number of replicas below Spec.MinReplicas"),
    ],
)
def test_a_count_out_of_bounds_comes_back_at_once_whatever_the_metric_says(
    replicas: int, desired: int, reason: str
) -> None:
    bounds = Spec(2, 5, 1000, "ratio", Behavior())
    decision = look([1000], spec=bounds, replicas=replicas)
    assert (decision.desired_replicas, decision.reason) == (desired, reason)
    assert decision.current_milli is None


def test_a_target_at_zero_is_left_alone() -> None:
    decision = look([9000], replicas=0)
    assert not decision.rescale
    assert reasons(decision)[ConditionType.SCALING_ACTIVE] == "ScalingDisabled"


def test_without_a_metric_nothing_moves_and_the_condition_says_why() -> None:
    decision = decide(SPEC, 3, {}, [Pod("a", Phase.RUNNING)], History(), 0.0)
    assert not decision.rescale
    active = decision.conditions[-1]
    assert (active.status, active.reason) == (False, "FailedGetPodsMetric")
    assert active.message == (
        "the HPA was unable to compute the replica count: "
        "unable to get metric ratio: no metrics returned from custom metrics API"
    )


def test_a_failed_look_recommends_nothing() -> None:
    history = look([1000]).history
    assert decide(SPEC, 1, {}, [], history, 15.0).history == history


def test_a_recorded_scale_counts_against_the_next_step() -> None:
    one_a_minute = ScalingRules(0, (Policy(PolicyType.PODS, 1, 60),))
    spec = Spec(1, 9, 1000, "ratio", Behavior(scale_up=one_a_minute))
    first = record_scale(look([9000], spec=spec), spec, 0.0)
    assert first.desired_replicas == 2
    assert reasons(first)[ConditionType.ABLE_TO_SCALE] == "SucceededRescale"
    held = look([9000, 9000], spec=spec, history=first.history, now=59.0)
    assert (held.desired_replicas, held.rescale) == (2, False)
    assert look([9000, 9000], spec=spec, history=held.history, now=60.0).desired_replicas == 3


def test_a_scale_that_was_not_recorded_does_not_count() -> None:
    one_a_minute = ScalingRules(0, (Policy(PolicyType.PODS, 1, 60),))
    spec = Spec(1, 9, 1000, "ratio", Behavior(scale_up=one_a_minute))
    failed = look([9000], spec=spec)
    assert look([9000], spec=spec, history=failed.history, now=15.0).desired_replicas == 2


def test_without_a_behavior_no_scale_is_remembered() -> None:
    assert record_scale(look([9000]), SPEC, 0.0).history.scale_ups == ()


SPECS = st.builds(
    lambda low, more, target, behavior: Spec(low, low + more, target, "m", behavior),
    st.integers(1, 5),
    st.integers(0, 10),
    st.integers(1, 5000),
    st.sampled_from([None, Behavior()]),
)
LOOKS = st.lists(
    st.tuples(st.floats(0.1, 400), st.lists(st.integers(0, 20000), min_size=1, max_size=6)),
    min_size=1,
    max_size=15,
)


@given(SPECS, st.integers(1, 20), LOOKS)
def test_the_count_is_always_within_bounds(
    spec: Spec, replicas: int, looks: list[tuple[float, list[int]]]
) -> None:
    history, now = History(), 0.0
    for pause, loads in looks:
        now += pause
        decision = look(loads, spec=spec, replicas=replicas, history=history, now=now)
        assert spec.min_replicas <= decision.desired_replicas <= spec.max_replicas
        decision = record_scale(decision, spec, now) if decision.rescale else decision
        replicas, history = decision.desired_replicas, decision.history


@given(SPECS, LOOKS)
def test_a_load_on_target_never_moves_a_count_at_rest(
    spec: Spec, looks: list[tuple[float, list[int]]]
) -> None:
    history, now = History(), 0.0
    for pause, _ in looks:
        now += pause
        on_target = [spec.target_milli] * spec.max_replicas
        decision = look(on_target, spec=spec, history=history, now=now)
        assert not decision.rescale
        history = decision.history
