"""When to look again although no event says so: pods that load models tell nobody."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

_SOONEST = 1.0
_LATEST = 600.0
_SHARE = 4


def next_look(status: Mapping[str, Any], now: datetime) -> float | None:
    """Seconds until the next look; None where events will tell.

    As long as it is not ready, a quarter of the time that it has not been: a second after a
    start, and ever less often for what may stay as it is for days.
    """
    waiting = [
        condition
        for condition in status.get("conditions", ())
        if condition["type"] == "Ready" and condition["status"] != "True"
    ]
    if not waiting:
        return None
    since = datetime.fromisoformat(waiting[0]["lastTransitionTime"])
    return min(_LATEST, max(_SOONEST, (now - since).total_seconds() / _SHARE))
