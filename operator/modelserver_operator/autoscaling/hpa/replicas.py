"""How many replicas a Pods metric asks for, before any stabilization or limit.

In short: the mean over the pods, divided by the target, times the number of pods. The rest is about
pods that have no say yet. They are assumed to hold the change back: to need nothing while the
others ask for more, to be just busy enough while the others ask for less.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from modelserver_operator.autoscaling.hpa.types import Phase, Pod, Spec


class MetricUnavailableError(Exception):
    """No pod has a sample that counts, so the metric proposes nothing."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """The replicas wanted, and the mean usage of the pods that count, as the status reports it."""

    replicas: int
    usage_milli: int


@dataclass(frozen=True, slots=True)
class _Groups:
    """The pods' names by what they have to say."""

    ignored: frozenset[str]
    unready: frozenset[str]
    missing: frozenset[str]
    counted: frozenset[str]


def propose(spec: Spec, current: int, samples: Mapping[str, int], pods: Sequence[Pod]) -> Proposal:
    """What the metric asks for.

    Args:
        spec: the autoscaler; its bounds play no part here.
        current: replicas that the scale target is set to.
        samples: the metric by pod name, in thousandths.
        pods: every pod that the target's selector matches.

    Raises:
        MetricUnavailableError: there is no pod, or no sample of a pod that counts.
    """
    groups = _group(pods, samples)
    silent = groups.ignored | groups.unready
    measured = {name: value for name, value in samples.items() if name not in silent}
    if not samples:
        why = f"unable to get metric {spec.metric}: no metrics returned from custom metrics API"
        raise MetricUnavailableError(why)
    if not pods:
        why = "no pods returned by selector while calculating replica count"
        raise MetricUnavailableError(why)
    if not measured:
        why = "did not receive metrics for targeted pods (pods might be unready)"
        raise MetricUnavailableError(why)
    values = list(measured.values())
    return Proposal(_replicas(spec, current, values, groups), _mean(values))


def _group(pods: Sequence[Pod], samples: Mapping[str, int]) -> _Groups:
    ignored = {pod.name for pod in pods if pod.deleting or pod.phase is Phase.FAILED}
    unready = {pod.name for pod in pods if pod.phase is Phase.PENDING} - ignored
    rest = {pod.name for pod in pods} - ignored - unready
    return _Groups(
        ignored=frozenset(ignored),
        unready=frozenset(unready),
        missing=frozenset(rest - samples.keys()),
        counted=frozenset(rest & samples.keys()),
    )


def _mean(values: Sequence[int]) -> int:
    return sum(values) // len(values)


def _replicas(spec: Spec, current: int, values: list[int], groups: _Groups) -> int:
    ratio = _mean(values) / spec.target_milli
    assumed = _assumed(groups, ratio, spec.target_milli)
    if assumed:
        return _guarded(spec, current, ratio, values + assumed)
    if spec.tolerance.covers(ratio):
        return current
    return math.ceil(ratio * len(groups.counted))


def _assumed(groups: _Groups, ratio: float, target_milli: int) -> list[int]:
    """Values for the pods without a say, such that they hold the change back."""
    if ratio > 1.0:
        return [0] * (len(groups.missing) + len(groups.unready))
    if ratio < 1.0:
        return [target_milli] * len(groups.missing)
    return []


def _guarded(spec: Spec, current: int, first_ratio: float, values: Sequence[int]) -> int:
    """The count for measured and assumed values together; assumptions never turn the direction."""
    ratio = _mean(values) / spec.target_milli
    if spec.tolerance.covers(ratio) or (first_ratio < 1.0) != (ratio < 1.0):
        return current
    replicas = math.ceil(ratio * len(values))
    return min(replicas, current) if ratio < 1.0 else max(replicas, current)
