"""From samples to figures, under the names of OpenVINO Model Server's benchmark client.

A *batch* is a request, a *frame* one item of its batch. *Brutto* rates divide what passed by the
time on the wall; *netto* rates divide it by the sum of the latencies, for each client on its own,
and add the clients up: what they would have reached without a pause of their own between requests.
Times are seconds; where there was nothing to measure, a figure is 0.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import fmean, pstdev
from typing import Final, NamedTuple, TypeAlias

from modelserver_runtime.tools.bench.samples import Run, Sample

Figures: TypeAlias = dict[str, float]

FIRST: Final = "window_netto_frame_rate"
"""The figure that stands for the service as a whole, and in front of all others."""


class Period(NamedTuple):
    """Part of a run: the requests answered in it, and how long it was."""

    samples: Sequence[Sample]
    duration: float


def warmup_of(run: Run, warmup: float) -> Period:
    """The first seconds of a run."""
    end = run.start + warmup
    return Period([sample for sample in run.samples if sample.done < end], min(warmup, run.seconds))


def window_of(run: Run, warmup: float, window: float | None) -> Period:
    """What follows the warm-up, for so many seconds; None is until the end."""
    opens = run.start + warmup
    closes = opens + (math.inf if window is None else window)
    duration = min(closes, run.start + run.seconds) - opens
    samples = [sample for sample in run.samples if opens <= sample.done <= closes]
    return Period(samples, max(0.0, duration))


def figures(run: Run, warmup: float, window: float | None) -> Figures:
    """All figures: of the window, of the whole run (without a prefix), and of the warm-up."""
    named = {
        **_prefixed("window_", window_of(run, warmup, window)),
        **_prefixed("", Period(run.samples, run.seconds)),
        **_prefixed("warmup_", warmup_of(run, warmup)),
    }
    return {FIRST: named[FIRST], **named}


def quantile(latencies: Iterable[float], share: float) -> float:
    """The least latency that this share of the requests did not exceed; 0 where there is none."""
    ordered = sorted(latencies)
    if not ordered:
        return 0.0
    # In binary, 0.07 of 100 is a little more than 7.
    rank = math.ceil(round(share * len(ordered), 9))
    return ordered[max(rank, 1) - 1]


def _prefixed(prefix: str, period: Period) -> Figures:
    return {f"{prefix}{key}": value for key, value in _figures(*period).items()}


def _figures(samples: Sequence[Sample], duration: float) -> Figures:
    passed = [sample for sample in samples if sample.error is None]
    failed = [sample for sample in samples if sample.error is not None]
    batch_rate, frame_rate = _netto(samples)
    return {
        "total_duration": duration,
        "total_batches": len(samples),
        "total_frames": _frames(samples),
        "pass_batches": len(passed),
        "fail_batches": len(failed),
        "pass_frames": _frames(passed),
        "fail_frames": _frames(failed),
        "first_latency": _first(passed),
        "pass_max_latency": max(_latencies(passed), default=0.0),
        "fail_max_latency": max(_latencies(failed), default=0.0),
        "brutto_batch_rate": _ratio(len(passed), duration),
        "brutto_frame_rate": _ratio(_frames(passed), duration),
        "netto_batch_rate": batch_rate,
        "netto_frame_rate": frame_rate,
        "frame_passrate": _ratio(_frames(passed), _frames(samples)),
        "batch_passrate": _ratio(len(passed), len(samples)),
        **_spread(_latencies(samples)),
    }


def _netto(samples: Sequence[Sample]) -> tuple[float, float]:
    """Requests and frames a second."""
    batches: dict[int, int] = defaultdict(int)
    frames: dict[int, int] = defaultdict(int)
    seconds: dict[int, float] = defaultdict(float)
    for sample in samples:
        seconds[sample.client] += sample.latency
        if sample.error is None:
            batches[sample.client] += 1
            frames[sample.client] += sample.frames
    clients = seconds.keys()
    return (
        math.fsum(_ratio(batches[client], seconds[client]) for client in clients),
        math.fsum(_ratio(frames[client], seconds[client]) for client in clients),
    )


def _spread(latencies: Sequence[float]) -> Figures:
    """Mean, standard deviation, and the coefficient of variation that they make."""
    mean = fmean(latencies) if latencies else 0.0
    deviation = pstdev(latencies, mean) if latencies else 0.0
    return {
        "mean_latency": mean,
        "stdev_latency": deviation,
        "cv_latency": _ratio(deviation, mean),
    }


def _first(passed: Sequence[Sample]) -> float:
    """What the slowest of the clients waited for its first good answer."""
    firsts: dict[int, Sample] = {}
    for sample in passed:
        firsts.setdefault(sample.client, sample)
    return max(_latencies(firsts.values()), default=0.0)


def _latencies(samples: Iterable[Sample]) -> list[float]:
    return [sample.latency for sample in samples]


def _frames(samples: Iterable[Sample]) -> int:
    return sum(sample.frames for sample in samples)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
