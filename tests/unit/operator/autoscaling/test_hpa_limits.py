"""How far one step may go. Cases marked upstream are from Kubernetes' own tests."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelserver_operator.autoscaling.hpa import (
    Behavior,
    History,
    Policy,
    PolicyType,
    ScalingRules,
    SelectPolicy,
    Spec,
)
from modelserver_operator.autoscaling.hpa.history import Record
from modelserver_operator.autoscaling.hpa.limits import limit

NOW = 10_000.0


def pods(value: int, period: int = 60) -> Policy:
    return Policy(PolicyType.PODS, value, period)


def percent(value: int, period: int = 60) -> Policy:
    return Policy(PolicyType.PERCENT, value, period)


def rules(*policies: Policy, select: SelectPolicy = SelectPolicy.MAX) -> ScalingRules:
    return ScalingRules(0, policies, select)


def up(*policies: Policy, select: SelectPolicy = SelectPolicy.MAX) -> Behavior:
    return Behavior(scale_up=rules(*policies, select=select))


def down(*policies: Policy, select: SelectPolicy = SelectPolicy.MAX) -> Behavior:
    return Behavior(scale_down=rules(*policies, select=select))


def spread(*changes: int) -> tuple[Record, ...]:
    """Changes, each in the middle of its share of the last 120 seconds."""
    share = 120 / len(changes)
    return tuple(Record(NOW - 120 + share * (i + 0.5), c) for i, c in enumerate(changes))


def allowed(
    current: int,
    wanted: int,
    behavior: Behavior | None,
    bounds: tuple[int, int] = (1, 1000),
    history: History | None = None,
) -> tuple[int, str]:
    spec = Spec(*bounds, 1000, "m", behavior)
    replicas, condition = limit(current, wanted, spec, history or History(), NOW)
    assert condition.status is (replicas != wanted)
    return replicas, condition.reason


IN_RANGE, TOO_MANY, TOO_FEW = "DesiredWithinRange", "TooManyReplicas", "TooFewReplicas"
UP_LIMIT, DOWN_LIMIT = "ScaleUpLimit", "ScaleDownLimit"


@pytest.mark.parametrize(
    ("current", "wanted", "bounds", "result"),
    [
        pytest.param(5, 7, (3, 8), (7, IN_RANGE), id="upstream: within range"),
        pytest.param(3, 1, (2, 8), (2, TOO_FEW), id="upstream: below min"),
        pytest.param(3, 1000, (1, 2000), (6, UP_LIMIT), id="twice as many at most"),
        pytest.param(1, 9, (1, 20), (4, UP_LIMIT), id="or four"),
        pytest.param(6, 11, (1, 10), (10, TOO_MANY), id="above max"),
        pytest.param(5, 11, (1, 10), (10, TOO_MANY), id="max counts when both bounds agree"),
        pytest.param(100, 1, (1, 200), (1, IN_RANGE), id="down is not slowed"),
    ],
)
def test_without_a_behavior_a_step_up_at_most_doubles(
    current: int, wanted: int, bounds: tuple[int, int], result: tuple[int, str]
) -> None:
    assert allowed(current, wanted, None, bounds) == result


@pytest.mark.parametrize(
    ("current", "wanted", "bounds", "behavior", "result"),
    [
        pytest.param(5, 7, (3, 8), Behavior(), (7, IN_RANGE), id="upstream: within range"),
        pytest.param(3, 1, (2, 8), Behavior(), (2, TOO_FEW), id="upstream: below min"),
        pytest.param(100, 1000, (100, 150), Behavior(), (150, TOO_MANY), id="upstream: above max"),
        pytest.param(10, 50, (1, 1000), Behavior(), (20, UP_LIMIT), id="upstream: default"),
        pytest.param(1, 50, (1, 1000), Behavior(), (5, UP_LIMIT), id="default, from one"),
        pytest.param(3, 1000, (1, 2000), up(pods(1)), (4, UP_LIMIT), id="upstream: one pod"),
        pytest.param(
            10, 500, (1, 1000), up(pods(100), percent(100)), (110, UP_LIMIT), id="upstream: pods"
        ),
        pytest.param(
            10, 500, (1, 1000), up(pods(2), percent(100)), (20, UP_LIMIT), id="upstream: percent"
        ),
        pytest.param(10, 50, (1, 1000), up(pods(100)), (50, IN_RANGE), id="upstream: enough pods"),
        pytest.param(10, 50, (1, 1000), up(pods(30)), (40, UP_LIMIT), id="upstream: few pods"),
        pytest.param(10, 50, (1, 1000), up(percent(200)), (30, UP_LIMIT), id="upstream: 200 %"),
        pytest.param(3, 9, (1, 9), up(percent(10)), (4, UP_LIMIT), id="a percentage rounds up"),
        pytest.param(
            1000, 3, (3, 2000), down(pods(20)), (980, DOWN_LIMIT), id="upstream: 20 pods down"
        ),
        pytest.param(
            100, 2, (1, 1000), down(pods(20), percent(1)), (80, DOWN_LIMIT), id="upstream: faster"
        ),
        pytest.param(
            100, 2, (1, 1000), down(pods(2), percent(1)), (98, DOWN_LIMIT), id="upstream: slower"
        ),
        pytest.param(10, 0, (1, 1000), down(pods(100)), (1, TOO_FEW), id="upstream: to min"),
        pytest.param(10, 2, (5, 1000), down(percent(100)), (5, TOO_FEW), id="upstream: to min 5"),
        pytest.param(10, 2, (1, 1000), down(pods(5)), (5, DOWN_LIMIT), id="upstream: 5 pods"),
        pytest.param(10, 5, (1, 1000), down(percent(50)), (5, IN_RANGE), id="upstream: half"),
        pytest.param(
            7, 1, (1, 9), down(percent(50)), (3, DOWN_LIMIT), id="going down it truncates"
        ),
        pytest.param(6, 1, (2, 9), down(pods(4)), (2, TOO_FEW), id="min counts when both agree"),
    ],
)
def test_policies_bound_a_step(
    current: int,
    wanted: int,
    bounds: tuple[int, int],
    behavior: Behavior,
    result: tuple[int, str],
) -> None:
    assert allowed(current, wanted, behavior, bounds) == result


@pytest.mark.parametrize(
    ("select", "highest", "lowest"),
    [(SelectPolicy.MAX, 20, 5), (SelectPolicy.MIN, 12, 8), (SelectPolicy.DISABLED, 10, 10)],
)
def test_of_several_policies_the_selected_one_rules(
    select: SelectPolicy, highest: int, lowest: int
) -> None:
    assert allowed(10, 99, up(pods(2), percent(100), select=select))[0] == highest
    assert allowed(10, 1, down(pods(2), percent(50), select=select))[0] == lowest


@pytest.mark.parametrize(
    ("current", "wanted", "bounds", "behavior", "ups", "downs", "result"),
    [
        pytest.param(
            100, 500, (1, 200), up(pods(300)), (1, 5, 9), (), (200, TOO_MANY), id="up to max"
        ),
        pytest.param(
            100, 500, (1, 1000), up(pods(5, 120)), (1, 5, 9), (), (100, UP_LIMIT), id="up no more"
        ),
        pytest.param(
            100, 500, (1, 1000), up(pods(150, 120)), (1, 5, 9), (), (235, UP_LIMIT), id="up, pods"
        ),
        pytest.param(
            100, 500, (1, 1000), up(percent(200, 120)), (1, 5, 9), (), (255, UP_LIMIT), id="up, %"
        ),
        pytest.param(
            6, 24, (1, 1000), up(percent(300, 300)), (4,), (2,), (16, UP_LIMIT), id="up after both"
        ),
        pytest.param(
            10, 5, (1, 1000), Behavior(), (), (1, 5, 9), (5, IN_RANGE), id="down by default"
        ),
        pytest.param(
            100, 2, (1, 1000), down(pods(5, 120)), (), (1, 5, 9), (100, DOWN_LIMIT), id="no less"
        ),
        pytest.param(
            100, 0, (1, 1000), down(percent(50, 120)), (), (2, 4, 6), (56, DOWN_LIMIT), id="down, %"
        ),
        pytest.param(
            10, 1, (1, 1000), down(percent(50, 180)), (2,), (4,), (6, DOWN_LIMIT), id="after both"
        ),
        pytest.param(
            10, 5, (1, 1000), down(percent(1000, 120)), (), (10,), (5, IN_RANGE), id="below zero"
        ),
    ],
)
def test_what_was_scaled_within_the_period_counts(
    current: int,
    wanted: int,
    bounds: tuple[int, int],
    behavior: Behavior,
    ups: tuple[int, ...],
    downs: tuple[int, ...],
    result: tuple[int, str],
) -> None:
    """All upstream's."""
    history = History(
        scale_ups=spread(*ups) if ups else (), scale_downs=spread(*downs) if downs else ()
    )
    assert allowed(current, wanted, behavior, bounds, history) == result


def test_a_scaling_exactly_as_old_as_the_period_counts_no_more() -> None:
    history = History(scale_ups=(Record(NOW - 60, 3),))
    assert allowed(6, 20, up(pods(4)), history=history)[0] == 10
    younger = replace(history, scale_ups=(Record(NOW - 59, 3),))
    assert allowed(6, 20, up(pods(4)), history=younger)[0] == 7


POLICIES = st.builds(
    Policy, st.sampled_from(PolicyType), st.integers(1, 200), st.sampled_from([15, 60, 120])
)
RULES = st.builds(
    ScalingRules,
    st.just(0),
    st.lists(POLICIES, min_size=1, max_size=3).map(tuple),
    st.sampled_from(SelectPolicy),
)
EVENTS = st.lists(st.builds(Record, st.floats(NOW - 200, NOW), st.integers(1, 9)), max_size=5)
HISTORIES = st.builds(History, scale_ups=EVENTS.map(tuple), scale_downs=EVENTS.map(tuple))


@given(
    st.integers(2, 40),
    st.integers(0, 100),
    st.none() | st.builds(Behavior, RULES, RULES),
    HISTORIES,
)
def test_a_limit_cuts_a_step_but_never_reverses_it(
    current: int, wanted: int, behavior: Behavior | None, history: History
) -> None:
    replicas, _ = allowed(current, wanted, behavior, (2, 40), history)
    assert 2 <= replicas <= 40
    assert min(current, wanted) <= replicas <= max(current, wanted, 2)
