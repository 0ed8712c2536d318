"""The metric families, declared once, and their text for Prometheus.

The text is written here and not by prometheus_client because that library appends ``_total`` to the
declared name of every counter, and OpenVINO Model Server's counters have no such ending.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from modelserver_runtime.metrics.meters import (
    BOUNDS,
    Api,
    Histogram,
    Interface,
    Method,
    Metrics,
    Outcomes,
    VersionMeter,
)

_INFER: Final = {Api.KSERVE: Method.MODEL_INFER, Api.TENSORFLOW_SERVING: Method.PREDICT}
_METADATA: Final = {
    Api.KSERVE: Method.MODEL_METADATA,
    Api.TENSORFLOW_SERVING: Method.GET_MODEL_METADATA,
}
_STATE: Final = {Api.KSERVE: Method.MODEL_READY, Api.TENSORFLOW_SERVING: Method.GET_MODEL_STATUS}
"""What each protocol calls a question for the model's state; likewise above."""

_LE: Final = (*map(str, BOUNDS), "+Inf")


class Sample(NamedTuple):
    """One line of the text: what follows the family's name, the labels, the value."""

    suffix: str
    labels: dict[str, str]
    value: float


@dataclass(frozen=True, slots=True)
class Family:
    """One metric family.

    Attributes:
        kind: counter, gauge or histogram.
        samples: reads its lines off the meters.
        is_default: whether it is there without being named in ``metrics_list``.
        is_listed: whether ``metrics_list`` governs it; ours is always there, because autoscaling
            rests on it and lists written for OpenVINO Model Server can't name it.
    """

    name: str
    kind: str
    help: str
    samples: Callable[[Metrics], Iterable[Sample]]
    is_default: bool = True
    is_listed: bool = True


def _labels(name: str, version: int) -> dict[str, str]:
    return {"name": name, "version": str(version)}


def _value(read: Callable[[VersionMeter], float]) -> Callable[[Metrics], Iterator[Sample]]:
    def samples(metrics: Metrics) -> Iterator[Sample]:
        for name, version, meter in metrics.version_series():
            yield Sample("", _labels(name, version), read(meter))

    return samples


def _devices(metrics: Metrics) -> Iterator[Sample]:
    for name, version, meter in metrics.version_series():
        for device in meter.devices:
            yield Sample("", {**_labels(name, version), "device": device}, 1)


def _cache_hits(metrics: Metrics) -> Iterator[Sample]:
    for name, version, meter in metrics.version_series():
        if meter.loaded_from_cache is not None:
            yield Sample("", _labels(name, version), int(meter.loaded_from_cache))


def _load_times(metrics: Metrics) -> Iterator[Sample]:
    for name, version, meter in metrics.version_series():
        if meter.load_seconds is not None:
            yield Sample("", _labels(name, version), meter.load_seconds)


def _durations(read: Callable[[VersionMeter], Histogram]) -> Callable[[Metrics], Iterator[Sample]]:
    def samples(metrics: Metrics) -> Iterator[Sample]:
        for name, version, meter in metrics.version_series():
            yield from _histogram(read(meter), _labels(name, version))

    return samples


def _request_times(metrics: Metrics) -> Iterator[Sample]:
    for name, version, meter in metrics.version_series():
        for interface, histogram in meter.request_time.items():
            yield from _histogram(histogram, {"interface": interface, **_labels(name, version)})


def _histogram(histogram: Histogram, labels: dict[str, str]) -> Iterator[Sample]:
    cumulative = histogram.cumulative()
    for bound, count in zip(_LE, cumulative, strict=True):
        yield Sample("_bucket", {**labels, "le": bound}, count)
    yield Sample("_sum", labels, histogram.sum)
    yield Sample("_count", labels, cumulative[-1])


def _outcomes(
    pick: Callable[[Outcomes], dict[Interface, int]],
) -> Callable[[Metrics], Iterator[Sample]]:
    def requests(
        outcomes: Mapping[Api, Outcomes], methods: Mapping[Api, Method], labels: dict[str, str]
    ) -> Iterator[Sample]:
        for api, method in methods.items():
            for interface, count in pick(outcomes[api]).items():
                kind = {"api": api, "interface": interface, "method": method}
                yield Sample("", {**kind, **labels}, count)

    def samples(metrics: Metrics) -> Iterator[Sample]:
        for name, outcomes in metrics.state_series():
            yield from requests(outcomes, _STATE, {"name": name})
        for name, version, meter in metrics.version_series():
            labels = _labels(name, version)
            yield from requests(meter.infer, _INFER, labels)
            yield from requests(meter.metadata, _METADATA, labels)

    return samples


FAMILIES: Final = (
    Family(
        "ovms_requests_success",
        "counter",
        "Number of successful requests to a model.",
        _outcomes(lambda outcomes: outcomes.succeeded),
    ),
    Family(
        "ovms_requests_fail",
        "counter",
        "Number of failed requests to a model.",
        _outcomes(lambda outcomes: outcomes.failed),
    ),
    Family(
        "ovms_request_time_us",
        "histogram",
        "Processing time of successful inference requests, in microseconds.",
        _request_times,
    ),
    Family(
        "ovms_inference_time_us",
        "histogram",
        "Time that successful inferences ran on the device, in microseconds.",
        _durations(lambda meter: meter.inference_time),
    ),
    Family(
        "ovms_wait_for_infer_req_time_us",
        "histogram",
        "Time that requests waited for a free infer request and a free stream, in microseconds.",
        _durations(lambda meter: meter.wait_time),
    ),
    Family(
        "ovms_current_requests",
        "gauge",
        "Requests in the server now, queued ones included.",
        _value(lambda meter: meter.in_progress),
    ),
    Family(
        "ovms_streams",
        "gauge",
        "Execution streams of the compiled model.",
        _value(lambda meter: meter.streams),
    ),
    Family(
        "ovms_infer_req_queue_size",
        "gauge",
        "Infer requests of the compiled model.",
        _value(lambda meter: meter.nireq),
        is_default=False,
    ),
    Family(
        "ovms_infer_req_active",
        "gauge",
        "Infer requests in use now.",
        _value(lambda meter: meter.active()),
        is_default=False,
    ),
    Family(
        "modelserver_requests_in_progress_seconds_total",
        "counter",
        "Requests in the server, queued ones included, added up over time, in request-seconds.",
        _value(lambda meter: meter.integral),
        is_listed=False,
    ),
    Family(
        "modelserver_execution_device",
        "gauge",
        "1 for each device that the compiled model runs on.",
        _devices,
        is_listed=False,
    ),
    Family(
        "modelserver_loaded_from_cache",
        "gauge",
        "Whether the compiled model was read from the model cache.",
        _cache_hits,
        is_listed=False,
    ),
    Family(
        "modelserver_load_seconds",
        "gauge",
        "Time to fetch, read and compile the model and to infer with it once, in seconds.",
        _load_times,
        is_listed=False,
    ),
)


def enabled_families(metrics_list: Iterable[str] | None) -> tuple[Family, ...]:
    """The families that a server shows.

    Args:
        metrics_list: the names asked for, which replace the default set; None for that set.

    Raises:
        ValueError: a name that is no family's.
    """
    asked = None if metrics_list is None else set(metrics_list)
    if asked is not None and asked - {family.name for family in FAMILIES}:
        raise ValueError("Invalid name in metrics_list")
    return tuple(family for family in FAMILIES if _is_shown(family, asked))


def _is_shown(family: Family, asked: set[str] | None) -> bool:
    if not family.is_listed:
        return True
    return family.is_default if asked is None else family.name in asked


def exposition(metrics: Metrics, families: Iterable[Family]) -> str:
    """The families' samples in Prometheus' text format 0.0.4."""
    return "".join(f"{line}\n" for family in families for line in _lines(family, metrics))


def _lines(family: Family, metrics: Metrics) -> Iterator[str]:
    yield f"# HELP {family.name} {family.help}"
    yield f"# TYPE {family.name} {family.kind}"
    for suffix, labels, value in family.samples(metrics):
        text = ",".join(f'{key}="{_escape(label)}"' for key, label in labels.items())
        yield f"{family.name}{suffix}{{{text}}} {value!r}"


def _escape(label: str) -> str:
    return label.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
