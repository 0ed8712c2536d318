"""PromQL that alerts and dashboards share: what a server, a model or a pod is doing.

Every function takes label matchers, what stands between the braces of a selector, and a window.
"""

from typing import Final

from modelserver_operator.autoscaling.ratio import per_pod
from modelserver_operator.monitoring.series import (
    INFERENCES,
    REQUEST_TIME,
    REQUESTS_FAIL,
    REQUESTS_SUCCESS,
    SERVER,
    WAIT_TIME,
    ServerGauge,
)

QUANTILES: Final = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
"""Of latencies, by what they are called."""


def gauge(of: ServerGauge, matchers: str = "", *, by: str = SERVER) -> str:
    """One of the operator's gauges.

    While leadership changes hands two operators export it, hence a maximum.
    """
    selector = f"{of.name}{{{matchers}}}" if matchers else of.name
    return f"max by ({by}) ({selector})"


def ratio(matchers: str, window: str) -> str:
    """A server's ratio as an autoscaler sees it: the mean over its pods."""
    return f"avg by ({SERVER}) ({per_pod(matchers, window, by=f'{SERVER}, pod')})"


def inferences(matchers: str, window: str, *, by: str = SERVER) -> str:
    """Answered inferences a second."""
    return _rate(REQUESTS_SUCCESS, matchers, window, by)


def failures(matchers: str, window: str, *, by: str = SERVER) -> str:
    """Failed inferences a second."""
    return _rate(REQUESTS_FAIL, matchers, window, by)


def failed_share(matchers: str, window: str, *, by: str = SERVER) -> str:
    """Failed inferences as a share of all, from 0 to 1."""
    failed, answered = (count(matchers, window, by=by) for count in (failures, inferences))
    return f"{failed} / ({failed} + {answered})"


def latency(quantile: float, matchers: str, window: str, *, by: str = SERVER) -> str:
    """A quantile of how long answered inferences took in the server, in seconds."""
    buckets = f"sum by ({by}, le) (rate({REQUEST_TIME}_bucket{{{matchers}}}[{window}]))"
    return f"histogram_quantile({quantile}, {buckets}) / 1e6"


def mean_seconds(histogram: str, matchers: str, window: str, *, by: str) -> str:
    """How long an inference spends in one stage, on average."""
    spent, times = (
        f"sum by ({by}) (rate({histogram}_{part}{{{matchers}}}[{window}]))"
        for part in ("sum", "count")
    )
    return f"{spent} / {times} / 1e6"


def waiting(matchers: str, window: str) -> str:
    """How many requests wait for a free infer request in each pod, on average: Little's law."""
    return f"sum by ({SERVER}, pod, name) (rate({WAIT_TIME}_sum{{{matchers}}}[{window}])) / 1e6"


def _rate(counter: str, matchers: str, window: str, by: str) -> str:
    selected = ",".join(filter(None, (matchers, INFERENCES)))
    return f"sum by ({by}) (rate({counter}{{{selected}}}[{window}]))"
