"""How many replicas the metric asks for. Cases marked upstream are from Kubernetes' own tests."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelserver_operator.autoscaling.hpa import Behavior, Phase, Pod, ScalingRules, Spec
from modelserver_operator.autoscaling.hpa.replicas import MetricUnavailableError, propose

PENDING, FAILED = Phase.PENDING, Phase.FAILED


def spec(target: int, up: float = 0.1, down: float = 0.1) -> Spec:
    behavior = Behavior(ScalingRules(0, (), tolerance=up), ScalingRules(0, (), tolerance=down))
    return Spec(1, 100, target, "qps", behavior)


def running(levels: Sequence[int | None]) -> tuple[dict[str, int], list[Pod]]:
    """Running pods; None is one without a sample."""
    samples = {f"p{i}": level for i, level in enumerate(levels) if level is not None}
    return samples, [Pod(f"p{i}") for i in range(len(levels))]


@pytest.mark.parametrize(
    ("current", "levels", "target", "replicas", "usage"),
    [
        pytest.param(3, [20000, 10000, 30000], 15000, 4, 20000, id="upstream: up"),
        pytest.param(3, [50000, 10000, 30000], 15000, 6, 30000, id="upstream: up, more"),
        pytest.param(3, [50000, 15000, 30000], 15000, 7, 31666, id="upstream: usage is truncated"),
        pytest.param(1, [8600], 4400, 2, 8600, id="upstream: up from one"),
        pytest.param(5, [12000] * 5, 20000, 3, 12000, id="upstream: down"),
        pytest.param(3, [20000, 21000, 21000], 20000, 3, 20666, id="upstream: within tolerance"),
        pytest.param(2, [10000, 10000, None], 17000, 2, 10000, id="upstream: surge of a rollout"),
        pytest.param(
            5, [20000, 19000, 21000, None, None], 20000, 5, 20000, id="upstream: on target"
        ),
        pytest.param(2, [1100, 1100], 1000, 2, 1100, id="the upper bound of tolerance is inside"),
        pytest.param(2, [1101, 1101], 1000, 3, 1101, id="just above it is not"),
        pytest.param(10, [900] * 10, 1000, 10, 900, id="the lower bound is inside"),
        pytest.param(10, [899] * 10, 1000, 9, 899, id="just below it is not"),
        pytest.param(3, [0, 0, 0], 1000, 0, 0, id="no load asks for no replicas"),
        pytest.param(2, [1999, 1000], 1000, 3, 1499, id="half a thousandth is cut off"),
        pytest.param(5, [1500, 1500], 1000, 3, 1500, id="only pods that exist are multiplied"),
    ],
)
def test_replicas_are_mean_over_target_times_pods(
    current: int, levels: list[int | None], target: int, replicas: int, usage: int
) -> None:
    proposal = propose(spec(target), current, *running(levels))
    assert (proposal.replicas, proposal.usage_milli) == (replicas, usage)


@pytest.mark.parametrize(
    ("up", "down", "level", "replicas"),
    [(0.01, 0.1, 1033, 4), (0.1, 0.01, 967, 3), (0.1, 0.4, 650, 3), (0.5, 0.1, 1500, 3)],
)
def test_each_direction_has_its_own_tolerance(
    up: float, down: float, level: int, replicas: int
) -> None:
    assert propose(spec(1000, up, down), 3, *running([level] * 3)).replicas == replicas


@pytest.mark.parametrize(
    ("levels", "replicas"),
    [
        pytest.param([3000, 3000, None], 6, id="counts as idle when more are wanted"),
        pytest.param([400, 400, None], 2, id="counts as on target when fewer are wanted"),
        pytest.param([1200, 1200, None], 3, id="cannot turn more into fewer"),
        pytest.param([800, 800, None], 3, id="can make a small change none at all"),
        pytest.param([1000, 1000, None], 3, id="changes nothing on target"),
    ],
)
def test_a_pod_without_a_sample_holds_the_change_back(
    levels: list[int | None], replicas: int
) -> None:
    assert propose(spec(1000), 3, *running(levels)).replicas == replicas


@pytest.mark.parametrize(
    ("current", "levels", "replicas"),
    [(6, [1800, 1800, None], 6), (1, [300, 300, None], 1)],
)
def test_assumptions_about_pods_never_turn_the_direction(
    current: int, levels: list[int | None], replicas: int
) -> None:
    assert propose(spec(1000), current, *running(levels)).replicas == replicas


@pytest.mark.parametrize(
    ("level", "replicas"), [(3000, 6), (1000, 3), (400, 1)], ids=["up", "on target", "down"]
)
def test_a_pending_pod_counts_as_idle_when_more_are_wanted_and_else_not_at_all(
    level: int, replicas: int
) -> None:
    samples = {"a": level, "b": level, "c": 99000}
    pods = [Pod("a"), Pod("b"), Pod("c", PENDING)]
    assert propose(spec(1000), 3, samples, pods).replicas == replicas


@pytest.mark.parametrize("gone", [Pod("c", FAILED), Pod("c", deleting=True)])
def test_a_failed_or_deleted_pod_does_not_count(gone: Pod) -> None:
    samples = {"a": 2000, "b": 2000, "c": 99000}
    proposal = propose(spec(1000), 2, samples, [Pod("a"), Pod("b"), gone])
    assert (proposal.replicas, proposal.usage_milli) == (4, 2000)


@pytest.mark.parametrize(
    ("samples", "pods", "why"),
    [
        ({}, [Pod("a")], "no metrics returned"),
        ({"a": 1}, [], "no pods returned by selector"),
        ({"a": 1}, [Pod("a", PENDING)], "did not receive metrics for targeted pods"),
        ({"a": 1}, [Pod("a", deleting=True), Pod("b")], "did not receive metrics for targeted"),
    ],
)
def test_without_a_sample_that_counts_there_is_no_proposal(
    samples: dict[str, int], pods: list[Pod], why: str
) -> None:
    with pytest.raises(MetricUnavailableError, match=why):
        propose(spec(1000), 1, samples, pods)


LOADS = st.lists(st.one_of(st.none(), st.integers(0, 5000)), min_size=1, max_size=8).filter(any)


@given(LOADS)
def test_the_count_moves_with_the_ratio_or_not_at_all(levels: list[int | None]) -> None:
    proposal = propose(spec(1000), len(levels), *running(levels))
    change = proposal.replicas - len(levels)
    assert change * (proposal.usage_milli - 1000) >= 0


@given(LOADS)
def test_within_tolerance_the_count_stays(levels: list[int | None]) -> None:
    near = [None if level is None else 900 + level % 201 for level in levels]
    assert propose(spec(1000), len(levels), *running(near)).replicas == len(levels)


@given(LOADS, st.integers(0, 3000))
def test_more_load_never_asks_for_fewer_replicas(levels: list[int | None], more: int) -> None:
    heavier = [None if level is None else level + more for level in levels]
    before, after = (propose(spec(1000), len(levels), *running(x)) for x in (levels, heavier))
    assert before.replicas <= after.replicas
