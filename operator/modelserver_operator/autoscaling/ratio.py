"""The metric that ModelServers scale on, as PromQL over what the servers export.

The ratio of a pod is the number of requests in progress per execution stream: at 1 every stream
has one request, above 1 requests wait. Of a pod's models the busiest counts, since a mean would
hide one hot model among idle ones. Written out, with label matchers M and a window W:

    max by (pod) (
        (
            sum by (namespace, service, pod, name) (
                rate(modelserver_requests_in_progress_seconds_total{M}[W])
            )
            or
            sum by (namespace, service, pod, name) (rate(ovms_request_time_us_sum{M}[W])) / 1e6
        )
        / max by (namespace, service, pod, name) (ovms_streams{M} > 0)
    )

- The requests in progress come from a counter where the server has one that integrates them over
  time: its rate is their exact mean between two scrapes, where a gauge gives a few samples of it.
- `or` falls back, model by model, on Little's law: request seconds spent per second are requests in
  progress. It sees a request only when that ends, but it sees queued ones too, as the gauge of
  OpenVINO Model Server does not: its ovms_current_requests never passes the number of streams.
- The versions of a model share the processor, so their requests add up and the largest number of
  streams counts. Both sides are reduced to the same labels, so that they match one to one whatever
  else a scrape attaches. An interface, for instance, is a label of one side only. Among them is
  the service, so that a pod which is scraped through two of them is not counted twice.
- A version that is unloaded keeps its series, with 0 streams. Without `> 0`, 0/0 would give NaN,
  which prometheus-adapter serves as 0: a reason to scale down under load. A pod without a loaded
  model has no ratio instead, and an HPA holds back for it.
- A rate needs two scrapes within the window, so a pod that has just appeared has no ratio for one
  scrape interval; the window should span four. From then on the time before its first scrape counts
  as idle: until a pod is as old as the window it reports less than its load. A scale-down
  stabilization shorter than the window would take that for a reason to remove it.
"""

from enum import StrEnum
from typing import Any

METRIC_NAME = "ovms_requests_streams_ratio"
STREAMS = "ovms_streams"
CURRENT_REQUESTS = "ovms_current_requests"
REQUEST_TIME = "ovms_request_time_us_sum"
IN_PROGRESS = "modelserver_requests_in_progress_seconds_total"

_MODEL = "namespace, service, pod, name"
_MAX_PREFIX = 58
_MAX_WHOLE_NAME = _MAX_PREFIX - len("-") - len("4294967295") - len("-")
"""The template's hash has as many characters as a 32-bit number has digits."""


class Basis(StrEnum):
    """What the ratio of a pod is made of."""

    BUSIEST_MODEL = "busiest-model"
    GAUGE_AVERAGE = "gauge-average"
    """As in OpenVINO's blog post on autoscaling: the mean over the models of the sampled gauge."""


def per_pod(
    matchers: str, window: str, *, by: str = "namespace, pod", basis: Basis = Basis.BUSIEST_MODEL
) -> str:
    """The ratio of each pod that the label matchers select.

    Args:
        matchers: what stands between the braces of a selector, such as `namespace="a"`.
        window: a Prometheus duration, such as `1m`.
        by: the labels to keep.
        basis: what the ratio is made of.
    """
    match basis:
        case Basis.BUSIEST_MODEL:
            return f"max by ({by}) ({_per_model(matchers, window)})"
        case Basis.GAUGE_AVERAGE:
            return f"avg by ({by}) ({_per_version(matchers, window)})"


def in_progress(matchers: str, window: str) -> str:
    """The mean number of requests in progress of each model in each pod, queued ones included."""
    counted = f"sum by ({_MODEL}) (rate({IN_PROGRESS}{{{matchers}}}[{window}]))"
    by_littles_law = f"sum by ({_MODEL}) (rate({REQUEST_TIME}{{{matchers}}}[{window}])) / 1e6"
    return f"({counted} or {by_littles_law})"


def total(
    namespace: str, deployment: str, window: str, *, basis: Basis = Basis.BUSIEST_MODEL
) -> str:
    """The sum of the ratios of a Deployment's pods.

    For KEDA, which has the HPA divide one number by the target (an External metric's AverageValue).
    """
    matchers = f'namespace="{namespace}",pod=~"{pod_pattern(deployment)}"'
    return f"sum({per_pod(matchers, window, by='pod', basis=basis)})"


def pod_pattern(deployment: str) -> str:
    """A regular expression, anchored as in PromQL, for the names of a Deployment's pods.

    A pod is called `<deployment>-<hash of its template>-<5 characters>`. Kubernetes cuts what comes
    before those 5 where it is too long, so a long name is matched by what is sure to be left of it.
    """
    if len(deployment) <= _MAX_WHOLE_NAME:
        return f"{deployment}-[a-z0-9]+-[a-z0-9]{{5}}"
    return f"{f'{deployment}-'[:_MAX_PREFIX]}[-a-z0-9]{{5,}}"


def adapter_rule(window: str = "1m", *, basis: Basis = Basis.BUSIEST_MODEL) -> dict[str, Any]:
    """The rule of prometheus-adapter's `rules` list that serves the metric for all ModelServers.

    The adapter fills in matchers and labels for the pods that it is asked about. It finds those by
    the streams, which every form of the ratio needs.
    """
    return {
        "seriesQuery": f'{STREAMS}{{namespace!="",pod!=""}}',
        "resources": {
            "overrides": {"namespace": {"resource": "namespace"}, "pod": {"resource": "pod"}}
        },
        "name": {"matches": f"^{STREAMS}$", "as": METRIC_NAME},
        "metricsQuery": per_pod("<<.LabelMatchers>>", window, by="<<.GroupBy>>", basis=basis),
    }


def _per_model(matchers: str, window: str) -> str:
    streams = f"max by ({_MODEL}) ({STREAMS}{{{matchers}}} > 0)"
    return f"{in_progress(matchers, window)} / {streams}"


def _per_version(matchers: str, window: str) -> str:
    requests = f"avg_over_time({CURRENT_REQUESTS}{{{matchers}}}[{window}])"
    streams = f"avg_over_time({STREAMS}{{{matchers}}}[{window}])"
    return f"{requests} / {streams} and {STREAMS}{{{matchers}}} > 0"
