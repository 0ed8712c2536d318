"""What replicas say at /metrics, and what two such readings tell about the traffic between them."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from prometheus_client.parser import text_string_to_metric_families

from modelserver_operator.autoscaling.ratio import IN_PROGRESS, STREAMS
from modelserver_operator.autoscaling.window import Sample, pod_ratio

_LATENCY_BUCKET = "ovms_request_time_us_bucket"
_MICROSECOND = 1e-6

Model = tuple[str, str]
"""Name and version."""

Buckets = Mapping[float, float]
"""How many requests took at most so many microseconds."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One scrape of one replica.

    Attributes:
        at: when, in seconds.
        models: what the ratio is made from.
        buckets: the requests answered so far, all models and interfaces together.
    """

    at: float
    models: Mapping[Model, Sample]
    buckets: Buckets


@dataclass(frozen=True, slots=True)
class Traffic:
    """What clients see; `p50` and `p99` are seconds, None where nothing was answered."""

    requests_per_second: float = 0.0
    p50: float | None = None
    p99: float | None = None


def read(text: str, at: float) -> Reading:
    """Read a text exposition. Raises ValueError where it is none."""
    counted: dict[Model, float] = {}
    streams: dict[Model, float] = {}
    buckets: defaultdict[float, float] = defaultdict(float)
    for family in text_string_to_metric_families(text):
        for name, labels, value, *_ in family.samples:
            match name:
                case _ if name == IN_PROGRESS:
                    counted[labels["name"], labels["version"]] = value
                case _ if name == STREAMS:
                    streams[labels["name"], labels["version"]] = value
                case _ if name == _LATENCY_BUCKET:
                    buckets[float(labels["le"])] += value
    models = {
        model: Sample(at, counted[model], int(streams[model]))
        for model in counted.keys() & streams.keys()
    }
    return Reading(at, models, dict(buckets))


def _series(readings: Sequence[Reading]) -> dict[Model, list[Sample]]:
    """The samples of each model of a replica, in the order of the readings."""
    models = {model for reading in readings for model in reading.models}
    return {
        model: [reading.models[model] for reading in readings if model in reading.models]
        for model in models
    }


def ratios(
    replicas: Mapping[str, Sequence[Reading]], window_seconds: float, now: float
) -> dict[str, float]:
    """The ratio of each replica, by name, that has one."""
    found = {
        name: pod_ratio(_series(readings), window_seconds, now)
        for name, readings in replicas.items()
    }
    return {name: ratio for name, ratio in found.items() if ratio is not None}


def traffic(replicas: Iterable[Sequence[Reading]]) -> Traffic:
    """The traffic over the time that the readings of each replica span."""
    spans = [(readings[0], readings[-1]) for readings in replicas if len(readings) > 1]
    answered: Counter[float] = Counter()
    rate = 0.0
    for first, last in spans:
        more = _increase(first.buckets, last.buckets)
        answered.update(more)
        rate += more.get(math.inf, 0.0) / (last.at - first.at)
    return Traffic(rate, quantile(0.5, answered), quantile(0.99, answered))


def _increase(first: Buckets, last: Buckets) -> dict[float, float]:
    """What was added in between; a server that was started again began from nothing."""
    if last.get(math.inf, 0.0) < first.get(math.inf, 0.0):
        return dict(last)
    return {bound: count - first.get(bound, 0.0) for bound, count in last.items()}


def quantile(share: float, buckets: Buckets) -> float | None:
    """The time within which that share of the requests was answered, in seconds.

    Linear within a bucket, as Prometheus' histogram_quantile; None where there are no requests.
    """
    total = buckets.get(math.inf, 0.0)
    if total <= 0:
        return None
    rank = share * total
    for (low, below), (high, count) in pairwise([(0.0, 0.0), *sorted(buckets.items())]):
        if count >= rank:
            within = 0.0 if math.isinf(high) else (high - low) * (rank - below) / (count - below)
            return (low + within) * _MICROSECOND
    return None
