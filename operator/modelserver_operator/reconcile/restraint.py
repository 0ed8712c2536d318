"""How often a status is written of which nothing but figures have changed.

A ratio is another one after each scrape. Written each time, those of a thousand ModelServers would
keep everyone busy who watches them.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from modelserver_operator.cluster.port import FIELD_MANAGER, Manifest
from modelserver_operator.reconcile.managed_fields import entries
from modelserver_operator.status.reasons import ConditionType

_INTERVAL = timedelta(seconds=15)
"""As often as a HorizontalPodAutoscaler looks."""

_WITH_FIGURES = ConditionType.RATIO_CAPPED
"""The condition whose message tells ratios."""

Status = Mapping[str, Any]


def held_back(stored: Manifest, current: Status, now: datetime) -> float | None:
    """Seconds until a new status may be written; None where it may be at once.

    The ModelServer itself, as it was read, tells when the last one was written, so that this holds
    across restarts. The API server's clock told the time; where it is ahead of ours, that counts
    as long ago.
    """
    if _without_figures(stored.get("status", {})) != _without_figures(current):
        return None
    left = _last_written(stored, now) + _INTERVAL - now
    return left.total_seconds() if timedelta() < left <= _INTERVAL else None


def _without_figures(status: Status) -> dict[str, Any]:
    conditions = [
        {**one, "message": ""} if one.get("type") == _WITH_FIGURES else one
        for one in status.get("conditions") or ()
    ]
    return {**status, "ratio": "", "conditions": conditions}


def _last_written(stored: Manifest, now: datetime) -> datetime:
    """When we last changed the status; long ago where that is not known."""
    times = [
        datetime.fromisoformat(entry["time"])
        for entry in entries(stored)
        if entry["manager"] == FIELD_MANAGER and entry.get("subresource") == "status"
    ]
    return max(times, default=now - _INTERVAL)
