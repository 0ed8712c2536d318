"""What two scrapes of /metrics tell."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelserver_operator.autoscaling.window import Sample
from modelserver_operator.local.measuring.metrics import Reading, quantile, ratios, read, traffic

TEXT = """\
# TYPE ovms_streams gauge
ovms_streams{name="a",version="1"} 2
# TYPE modelserver_requests_in_progress_seconds_total counter
modelserver_requests_in_progress_seconds_total{name="a",version="1"} 4.5
# TYPE ovms_request_time_us histogram
ovms_request_time_us_bucket{interface="gRPC",le="10",name="a",version="1"} 1
ovms_request_time_us_bucket{interface="gRPC",le="+Inf",name="a",version="1"} 2
ovms_request_time_us_sum{interface="gRPC",name="a",version="1"} 30
ovms_request_time_us_count{interface="gRPC",name="a",version="1"} 2
ovms_request_time_us_bucket{interface="REST",le="10",name="a",version="1"} 3
ovms_request_time_us_bucket{interface="REST",le="+Inf",name="a",version="1"} 3
"""


def test_a_scrape_is_read_by_model_and_over_all_interfaces() -> None:
    assert read(TEXT, at=7.0) == Reading(
        at=7.0, models={("a", "1"): Sample(7.0, 4.5, 2)}, buckets={10.0: 4.0, math.inf: 5.0}
    )


def reading(at: float, answered: float, in_progress: float = 0.0) -> Reading:
    model = Sample(at, in_progress, 1)
    return Reading(at, {("m", "1"): model}, {1000.0: answered, math.inf: answered})


def test_requests_per_second_add_up_over_replicas() -> None:
    seen = traffic([[reading(0, 0), reading(2, 20)], [reading(1, 5), reading(2, 10)]])
    assert seen.requests_per_second == 15.0


def test_a_replica_started_again_has_counted_from_nothing() -> None:
    assert traffic([[reading(0, 500), reading(2, 20)]]).requests_per_second == 10.0


def test_one_reading_tells_no_rate() -> None:
    seen = traffic([[reading(0, 500)]])
    assert (seen.requests_per_second, seen.p99) == (0.0, None)


def test_the_ratio_of_each_replica_is_its_own() -> None:
    there = {"busy": [reading(0, 0, 0), reading(2, 0, 6)], "new": [reading(2, 0, 0)]}
    assert ratios(there, window_seconds=10, now=2) == {"busy": 3.0}


@pytest.mark.parametrize(
    ("share", "seconds"), [(0.25, 5e-6), (0.5, 10e-6), (0.625, 20e-6), (0.99, 30e-6)]
)
def test_a_quantile_lies_on_the_line_within_its_bucket(share: float, seconds: float) -> None:
    buckets = {10.0: 2.0, 30.0: 3.0, math.inf: 4.0}
    assert quantile(share, buckets) == pytest.approx(seconds)


def test_without_requests_there_is_no_quantile() -> None:
    assert quantile(0.5, {10.0: 0.0, math.inf: 0.0}) is None


@given(
    st.lists(st.integers(0, 100), min_size=2, max_size=8),
    st.floats(0.01, 0.99),
    st.floats(0.01, 0.99),
)
def test_a_higher_quantile_is_never_lower(counts: list[int], share: float, lower: float) -> None:
    totals = [float(sum(counts[: index + 1])) for index in range(len(counts))]
    buckets = dict(zip([*map(float, range(1, len(counts))), math.inf], totals, strict=True))
    high, low = quantile(share, buckets), quantile(min(share, lower), buckets)
    assert high is None or low is None or low <= high
