"""When to look again although no event says so: pods that load models tell nobody."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from modelserver_operator.status.reasons import ConditionType, Reason

_LATEST = 600.0
_SHARE = 4

_SOONEST = {
    ConditionType.READY: 1.0,
    ConditionType.DEGRADED: 15.0,
    ConditionType.METRICS_AVAILABLE: 15.0,
    ConditionType.RATIO_CAPPED: 15.0,
}
"""The least time until the next look, by the condition that is not as it should be."""

_BAD_IF_TRUE = {ConditionType.DEGRADED, ConditionType.RATIO_CAPPED}
_MEANT = {Reason.NOT_NEEDED, Reason.PAUSED}


def next_look(status: Mapping[str, Any], now: datetime) -> float | None:
    """Seconds until the next look; None where events will tell.

    As long as something is not as it should be, a quarter of the time that it has not been: a
    second after a start, and ever less often for what may stay as it is for days.
    """
    waits = [
        _wait(condition, now)
        for condition in status.get("conditions", ())
        if condition["type"] in _SOONEST and _is_unsettled(condition)
    ]
    return min(waits, default=None)


def _is_unsettled(condition: Mapping[str, Any]) -> bool:
    settled = "False" if condition["type"] in _BAD_IF_TRUE else "True"
    return condition["status"] != settled and condition.get("reason") not in _MEANT


def _wait(condition: Mapping[str, Any], now: datetime) -> float:
    age = (now - datetime.fromisoformat(condition["lastTransitionTime"])).total_seconds()
    return min(_LATEST, max(_SOONEST[condition["type"]], age / _SHARE))
