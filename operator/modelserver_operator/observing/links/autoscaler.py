"""Whether an autoscaler reads the ratio."""

from collections.abc import Sequence

from modelserver_operator.observing.links.findings import broken, holds, not_checked
from modelserver_operator.status.observed import Autoscaler, Finding, Link, Said
from modelserver_operator.status.reasons import Reason

_OFF = "ScalingDisabled"


def autoscaler_link(autoscalers: Sequence[Autoscaler]) -> Finding:
    """What the autoscalers that have the ratio among their metrics say about it."""
    said = [
        condition
        for one in autoscalers
        if one.reads_ratio and (condition := (one.conditions or {}).get("ScalingActive"))
    ]
    if any(condition.status == "True" for condition in said):
        return holds(Link.AUTOSCALER)
    failures = [one for one in said if one.status == "False" and one.reason != _OFF]
    if not failures:
        return not_checked(Link.AUTOSCALER, _silence(said))
    return broken(Link.AUTOSCALER, Reason.AUTOSCALER_READS_NOTHING, failures[0].message)


def _silence(said: Sequence[Said]) -> str:
    return "it is turned off at 0 replicas" if said else "none says yet whether it reads the ratio"
