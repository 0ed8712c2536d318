"""What a model version has done so far, as Triton's statistics extension tells it."""

from __future__ import annotations

import time
from dataclasses import dataclass

from modelserver_runtime.metrics import VersionMeter


@dataclass(frozen=True, slots=True)
class Duration:
    """How often something happened, and how long that took in all, in nanoseconds."""

    count: int = 0
    ns: int = 0


@dataclass(frozen=True, slots=True)
class ModelStatistics:
    """Totals since the version was first loaded, over all protocols.

    Attributes:
        last_inference: milliseconds since the epoch; 0 before the first.
        success: whole requests, from receipt to answer; its time is that of the four parts below.
        fail: whole requests too.
        queue: waiting for a free infer request.
        input: decoding and checking.
        infer: on the device.
        output: encoding.
    """

    name: str
    version: int
    last_inference: int
    success: Duration
    fail: Duration
    queue: Duration
    input: Duration
    infer: Duration
    output: Duration


def statistics(name: str, version: int, meter: VersionMeter) -> ModelStatistics:
    """What ``meter`` has counted."""
    count = sum(sum(outcomes.succeeded.values()) for outcomes in meter.infer.values())
    failures = sum(sum(outcomes.failed.values()) for outcomes in meter.infer.values())
    total = sum(histogram.sum for histogram in meter.request_time.values()) / 1e6
    queue, infer = meter.wait_time.sum / 1e6, meter.inference_time.sum / 1e6
    output = max(0.0, total - meter.input_seconds - queue - infer)
    return ModelStatistics(
        name,
        version,
        last_inference=_wall_clock(meter.last_ended),
        success=_duration(count, total),
        fail=_duration(failures, meter.failed_seconds),
        queue=_duration(count, queue),
        input=_duration(count, meter.input_seconds),
        infer=_duration(count, infer),
        output=_duration(count, output),
    )


def _duration(count: int, seconds: float) -> Duration:
    return Duration(count, round(seconds * 1e9))


def _wall_clock(moment: float | None) -> int:
    """A moment of perf_counter's clock in milliseconds since the epoch."""
    if moment is None:
        return 0
    return round((time.time() - time.perf_counter() + moment) * 1e3)
