"""Damping by recent recommendations. Cases marked upstream are from Kubernetes' own tests."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelserver_operator.autoscaling.hpa import Behavior, ScalingRules
from modelserver_operator.autoscaling.hpa.history import Record
from modelserver_operator.autoscaling.hpa.stabilization import stabilize

NOW = 10_000.0


def ago(*entries: tuple[int, float]) -> tuple[Record, ...]:
    """Recommendations as (replicas, seconds ago)."""
    return tuple(Record(NOW - seconds, replicas) for replicas, seconds in entries)


def windows(up: int, down: int) -> Behavior:
    return Behavior(ScalingRules(up, ()), ScalingRules(down, ()))


@pytest.mark.parametrize(
    ("recent", "proposed", "replicas", "kept"),
    [
        pytest.param(ago(), 5, 5, [5], id="upstream: empty log"),
        pytest.param(ago((4, 120), (5, 60)), 3, 5, [4, 5, 3], id="upstream: stabilize"),
        pytest.param(ago((1, 120), (2, 60)), 3, 3, [1, 2, 3], id="upstream: do not stabilize"),
        pytest.param(ago((10, 600), (9, 540)), 3, 3, [10, 3], id="upstream: all are old"),
        pytest.param(
            ago((10, 600), (4, 60), (5, 120), (9, 540)), 3, 5, [10, 4, 5, 3], id="upstream: mixed"
        ),
        pytest.param(ago((7, 300)), 3, 7, [7, 3], id="five minutes old still counts"),
        pytest.param(ago((7, 300.001)), 3, 3, [3], id="older does not"),
    ],
)
def test_without_a_behavior_the_highest_of_five_minutes_wins(
    recent: tuple[Record, ...], proposed: int, replicas: int, kept: list[int]
) -> None:
    result = stabilize(4, proposed, None, recent, NOW)
    assert result.replicas == replicas
    assert [record.replicas for record in result.recommendations] == kept


@pytest.mark.parametrize(
    ("current", "recent", "proposed", "up", "down", "replicas"),
    [
        pytest.param(100, ago(), 5, 0, 0, 5, id="upstream: empty log"),
        pytest.param(100, ago((4, 120), (5, 60)), 3, 0, 180, 5, id="upstream: down"),
        pytest.param(1, ago((4, 120), (5, 60)), 7, 300, 0, 4, id="upstream: up"),
        pytest.param(100, ago((1, 120), (2, 60)), 3, 300, 0, 3, id="upstream: no window down"),
        pytest.param(1, ago((4, 120), (5, 60)), 3, 0, 300, 3, id="upstream: no window up"),
        pytest.param(2, ago((2, 6000), (3, 180)), 1, 300, 300, 2, id="upstream: not up when less"),
        pytest.param(2, ago((2, 6000), (1, 180)), 3, 300, 300, 2, id="upstream: not down for more"),
        pytest.param(9, ago((7, 60)), 3, 0, 60, 3, id="exactly as old as the window is too old"),
        pytest.param(9, ago((7, 59.9)), 3, 0, 60, 7, id="younger is not"),
        pytest.param(6, ago((9, 30)), 3, 0, 60, 6, id="a higher past holds but does not raise"),
        pytest.param(6, ago((2, 30)), 9, 60, 0, 6, id="a lower past holds but does not lower"),
    ],
)
def test_with_a_behavior_each_direction_waits_for_its_own_window(
    current: int, recent: tuple[Record, ...], proposed: int, up: int, down: int, replicas: int
) -> None:
    assert stabilize(current, proposed, windows(up, down), recent, NOW).replicas == replicas


@pytest.mark.parametrize(
    ("recent", "kept"),
    [
        pytest.param(ago((10, 600), (9, 540)), [10, 3], id="the last stale one is replaced"),
        pytest.param(ago((10, 600), (9, 100)), [3, 9], id="whichever place it has"),
        pytest.param(ago((10, 250)), [10, 3], id="what one direction still needs is kept"),
    ],
)
def test_the_proposal_is_remembered_as_it_came(recent: tuple[Record, ...], kept: list[int]) -> None:
    result = stabilize(100, 3, windows(up=30, down=300), recent, NOW)
    assert [record.replicas for record in result.recommendations] == kept


@pytest.mark.parametrize(
    ("behavior", "current", "recent", "proposed", "reason"),
    [
        (None, 5, ago((5, 60)), 3, "ScaleDownStabilized"),
        (None, 5, ago((5, 60)), 6, "ReadyForNewScale"),
        (windows(60, 60), 5, ago((5, 30)), 3, "ScaleDownStabilized"),
        (windows(60, 60), 5, ago((5, 30)), 6, "ScaleUpStabilized"),
        (windows(60, 60), 5, ago((5, 90)), 6, "ReadyForNewScale"),
    ],
)
def test_the_condition_says_what_held_the_count(
    behavior: Behavior | None, current: int, recent: tuple[Record, ...], proposed: int, reason: str
) -> None:
    assert stabilize(current, proposed, behavior, recent, NOW).condition.reason == reason


COUNTS = st.integers(0, 50)
RECENT = st.lists(st.tuples(COUNTS, st.floats(0, 1000)), max_size=12).map(lambda x: ago(*x))
BEHAVIORS = st.none() | st.builds(windows, st.integers(0, 600), st.integers(0, 600))


@given(COUNTS, COUNTS, BEHAVIORS, RECENT)
def test_it_never_goes_below_what_was_wanted_within_the_window(
    current: int, proposed: int, behavior: Behavior | None, recent: tuple[Record, ...]
) -> None:
    window = 300 if behavior is None else behavior.scale_down.stabilization_window_seconds
    highest = max((r.replicas for r in recent if NOW - r.at < window), default=0)
    assert stabilize(current, proposed, behavior, recent, NOW).replicas >= min(current, highest)


@given(COUNTS, COUNTS, st.integers(0, 600), RECENT)
def test_it_never_goes_above_what_was_wanted_within_the_window(
    current: int, proposed: int, window: int, recent: tuple[Record, ...]
) -> None:
    lowest = min((r.replicas for r in recent if NOW - r.at < window), default=50)
    result = stabilize(current, proposed, windows(window, 0), recent, NOW)
    assert result.replicas <= max(current, lowest)
