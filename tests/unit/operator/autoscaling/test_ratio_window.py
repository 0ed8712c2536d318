import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelserver_operator.autoscaling.window import Sample, milli, pod_ratio

HOT, IDLE, NEW_HOT = ("hot", "1"), ("idle", "1"), ("hot", "2")
TIMES = (0.0, 15.0, 30.0, 45.0, 60.0)


def steady(requests: float, streams: int = 2, *, since: float = 0.0) -> list[Sample]:
    """A version with so many requests in progress all the time."""
    return [Sample(t, 100 + requests * t, streams) for t in TIMES if t >= since]


def test_the_ratio_is_mean_requests_in_progress_per_stream() -> None:
    assert pod_ratio({HOT: steady(8, streams=2)}, 60, 60.0) == pytest.approx(4)


def test_the_busiest_model_speaks_for_the_pod() -> None:
    assert pod_ratio({HOT: steady(8), IDLE: steady(0, streams=4)}, 60, 60.0) == pytest.approx(4)


def test_a_pod_without_requests_has_the_ratio_zero() -> None:
    assert pod_ratio({IDLE: steady(0)}, 60, 60.0) == 0


def test_the_versions_of_a_model_share_the_streams() -> None:
    series = {HOT: steady(3, streams=4), NEW_HOT: steady(1, streams=2)}
    assert pod_ratio(series, 60, 60.0) == pytest.approx(1)


def test_load_that_moves_to_a_new_version_is_counted_once() -> None:
    old = [Sample(t, min(4 * t, 120), 2 if t < 30 else 0) for t in TIMES]
    new = [Sample(t, 4 * (t - 30), 2) for t in TIMES if t >= 30]
    assert pod_ratio({HOT: old, NEW_HOT: new}, 61, 60.0) == pytest.approx(2)


def test_only_the_window_counts_its_far_end_left_out() -> None:
    burst = [Sample(0.0, 0, 1), Sample(30.0, 300, 1), Sample(45.0, 300, 1), Sample(60.0, 315, 1)]
    assert pod_ratio({HOT: burst}, 30, 60.0) == pytest.approx(1)


@pytest.mark.parametrize(
    "series",
    [
        pytest.param({}, id="no model"),
        pytest.param({HOT: []}, id="no sample"),
        pytest.param({HOT: steady(8, since=60)}, id="one sample"),
        pytest.param({HOT: steady(8, streams=0)}, id="unloaded"),
        pytest.param({HOT: [Sample(0.0, 0, 2), Sample(5.0, 40, 2)]}, id="samples of long ago"),
    ],
)
def test_a_pod_with_nothing_to_go_by_has_no_ratio(
    series: dict[tuple[str, str], list[Sample]],
) -> None:
    assert pod_ratio(series, 30, 60.0) is None


def test_a_restarted_counter_counts_from_zero() -> None:
    restarted = [Sample(0.0, 900, 2), Sample(15.0, 960, 2), Sample(30.0, 60, 2)]
    assert pod_ratio({HOT: restarted}, 60, 30.0) == pytest.approx(2)


STEPS = st.lists(st.tuples(st.floats(1, 20), st.floats(0, 50)), min_size=2, max_size=8)


@given(STEPS, st.integers(1, 8))
def test_the_mean_lies_between_the_quietest_and_the_busiest_moment(
    steps: list[tuple[float, float]], streams: int
) -> None:
    samples, at, seconds = [Sample(0.0, 0.0, streams)], 0.0, 0.0
    for pause, requests in steps:
        at, seconds = at + pause, seconds + pause * requests
        samples.append(Sample(at, seconds, streams))
    ratio = pod_ratio({HOT: samples}, at + 1, at)
    loads = [requests / streams for _, requests in steps]
    assert ratio is not None
    assert min(loads) - 1e-6 <= ratio <= max(loads) + 1e-6


@pytest.mark.parametrize(("ratio", "thousandths"), [(1.0, 1000), (0.6666, 666), (0.0, 0)])
def test_thousandths_are_cut_off_as_the_adapter_does(ratio: float, thousandths: int) -> None:
    assert milli(ratio) == thousandths
