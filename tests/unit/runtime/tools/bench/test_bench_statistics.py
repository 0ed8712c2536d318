"""Every figure against its definition, on latencies that are known."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelserver_runtime.tools.bench.samples import Run, Sample
from modelserver_runtime.tools.bench.statistics import figures, quantile

MakeSample = Callable[..., Sample]
MakeRun = Callable[..., Run]

# Client 0 sends frames of 4 and has a failure, client 1 sends frames of 2.
EXPECTED = {
    "total_duration": 2.0,
    "total_batches": 4,
    "total_frames": 14,
    "pass_batches": 3,
    "fail_batches": 1,
    "pass_frames": 10,
    "fail_frames": 4,
    "first_latency": 0.4,
    "pass_max_latency": 0.4,
    "fail_max_latency": 0.3,
    "brutto_batch_rate": 3 / 2.0,
    "brutto_frame_rate": 10 / 2.0,
    "netto_batch_rate": 2 / (0.1 + 0.2 + 0.3) + 1 / 0.4,
    "netto_frame_rate": 8 / (0.1 + 0.2 + 0.3) + 2 / 0.4,
    "frame_passrate": 10 / 14,
    "batch_passrate": 3 / 4,
    "mean_latency": 0.25,
    "stdev_latency": math.sqrt(0.0125),
    "cv_latency": math.sqrt(0.0125) / 0.25,
}


def test_every_key_of_the_vocabulary_is_there_bare_and_for_window_and_warmup(run: MakeRun) -> None:
    prefixes = ("", "window_", "warmup_")
    assert set(figures(run(), 0.0, None)) == {
        prefix + key for prefix in prefixes for key in EXPECTED
    }


def test_the_windows_netto_frame_rate_comes_first(run: MakeRun) -> None:
    assert next(iter(figures(run(), 0.0, None))) == "window_netto_frame_rate"


@pytest.mark.parametrize("key", EXPECTED)
def test_a_figure_is_what_its_definition_says(key: str, run: MakeRun, sample: MakeSample) -> None:
    made = run(
        sample(0.5, 0.1, frames=4),
        sample(0.9, 0.4, client=1, frames=2),
        sample(1.0, 0.2, frames=4),
        sample(2.0, 0.3, frames=4, error="503"),
    )
    assert figures(made, 0.0, None)[key] == pytest.approx(EXPECTED[key])


def test_a_request_belongs_to_the_period_it_is_answered_in(
    run: MakeRun, sample: MakeSample
) -> None:
    made = run(sample(0.9, 0.9), sample(1.1, 0.2), sample(2.9, 0.1), sample(3.1, 0.1))
    found = figures(made, 1.0, 2.0)
    counts = {key: value for key, value in found.items() if key.endswith("total_batches")}
    assert counts == {"warmup_total_batches": 1, "window_total_batches": 2, "total_batches": 4}


def test_the_window_lasts_from_the_end_of_the_warmup_to_its_own_end_or_the_runs(
    run: MakeRun, sample: MakeSample
) -> None:
    made = run(sample(0.9, 0.9), sample(2.5, 0.2))
    assert figures(made, 1.0, None)["window_total_duration"] == pytest.approx(1.5)
    assert figures(made, 1.0, 0.5)["window_total_duration"] == pytest.approx(0.5)
    assert figures(made, 1.0, None)["warmup_total_duration"] == pytest.approx(1.0)


def test_a_run_that_ends_in_its_warmup_has_an_empty_window(
    run: MakeRun, sample: MakeSample
) -> None:
    found = figures(run(sample(0.5, 0.5)), 1.0, None)
    assert not any(value for key, value in found.items() if key.startswith("window_"))


latencies = st.lists(st.floats(0.001, 10), min_size=1, max_size=50)


@given(latencies, st.floats(0.0, 5.0), st.none() | st.floats(0.1, 5.0))
def test_no_request_is_lost_or_counted_twice(
    waits: list[float], warmup: float, window: float | None
) -> None:
    samples = [Sample(0, 0.0, 0.0, wait, 1) for wait in waits]
    found = figures(Run(0.0, samples, 0.0), warmup, window)
    after = sum(wait > warmup + (math.inf if window is None else window) for wait in waits)
    parts = found["warmup_total_batches"] + found["window_total_batches"] + after
    assert parts == found["total_batches"] == len(waits)


@given(latencies, st.integers(0, 100))
def test_a_quantile_is_the_least_latency_that_the_share_did_not_exceed(
    waits: list[float], percent: int
) -> None:
    within = [wait for wait in waits if sum(w <= wait for w in waits) * 100 >= percent * len(waits)]
    assert quantile(waits, percent / 100) == min(within)


def test_a_quantile_agrees_with_numpy_where_the_share_is_exact() -> None:
    waits = np.random.default_rng(1).exponential(size=64)
    for share in (0.25, 0.5, 0.75, 1.0):
        assert quantile(waits, share) == np.quantile(waits, share, method="inverted_cdf")
