"""The ratio of a pod from its own scraped samples: what `ratio` asks of Prometheus, without one.

One thing differs: a mean reaches from the first to the last sample within the window, where rate()
divides by the whole window and so shows a young pod less busy than it is.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Sample:
    """One scrape of one version of a model.

    Attributes:
        at: when, in seconds.
        in_progress_seconds: the counter that integrates requests in progress over time.
        streams: the execution streams of the version; 0 once it is unloaded.
    """

    at: float
    in_progress_seconds: float
    streams: int


def pod_ratio(
    series: Mapping[tuple[str, str], Sequence[Sample]], window_seconds: float, now: float
) -> float | None:
    """Mean requests in progress per stream, of the busiest model of the pod.

    Args:
        series: samples by name and version of a model, each at a later time than the one before.
        window_seconds: how far to look back; a sample exactly that old is out, as in Prometheus.
        now: the end of the window.

    Returns:
        None where no model that is loaded has two samples within the window.
    """
    versions: dict[str, list[list[Sample]]] = defaultdict(list)
    for (name, _), samples in series.items():
        recent = [sample for sample in samples if now - window_seconds < sample.at <= now]
        versions[name].append(recent)
    ratios = [ratio for ratio in map(_model_ratio, versions.values()) if ratio is not None]
    return max(ratios, default=None)


def milli(ratio: float) -> int:
    """The ratio in thousandths, cut off as prometheus-adapter does when it serves a value."""
    return int(ratio * 1000)


def _model_ratio(versions: Sequence[Sequence[Sample]]) -> float | None:
    """All versions' requests, over the streams of the loaded version that has most.

    They share one span of time, or a version that has just replaced another would count twice.
    """
    measured = [samples for samples in versions if len(samples) > 1]
    streams = max((samples[-1].streams for samples in versions if samples), default=0)
    if not measured or streams == 0:
        return None
    elapsed = max(samples[-1].at for samples in measured) - min(s[0].at for s in measured)
    return sum(map(_increase, measured)) / elapsed / streams


def _increase(samples: Sequence[Sample]) -> float:
    """What the counter gained; one that fell was restarted from 0."""
    counts = [sample.in_progress_seconds for sample in samples]
    return sum(
        later - earlier if later >= earlier else later for earlier, later in pairwise(counts)
    )
