"""Damping: a new recommendation counts only as far as the recent ones agree with it."""

from dataclasses import dataclass

from modelserver_operator.autoscaling.hpa.conditions import (
    READY_FOR_NEW_SCALE,
    SCALE_DOWN_STABILIZED,
    SCALE_UP_STABILIZED,
    Condition,
)
from modelserver_operator.autoscaling.hpa.history import Record, remember
from modelserver_operator.autoscaling.hpa.types import DOWNSCALE_STABILIZATION_SECONDS, Behavior


@dataclass(frozen=True, slots=True)
class Stabilized:
    """The damped count, the condition that tells of it, and the recommendations to keep."""

    replicas: int
    condition: Condition
    recommendations: tuple[Record, ...]


def stabilize(
    current: int,
    proposed: int,
    behavior: Behavior | None,
    recommendations: tuple[Record, ...],
    now: float,
) -> Stabilized:
    """Damp the proposed count; what is remembered is the proposal as it came."""
    if behavior is None:
        return _highest_recent(proposed, recommendations, now)
    return _between_recent(current, proposed, behavior, recommendations, now)


def _highest_recent(proposed: int, recommendations: tuple[Record, ...], now: float) -> Stabilized:
    """Without a behavior: the highest count of the window, for scaling up and down alike."""
    since = now - DOWNSCALE_STABILIZATION_SECONDS
    recent = [record.replicas for record in recommendations if record.at >= since]
    replicas = max([proposed, *recent])
    return Stabilized(
        replicas,
        READY_FOR_NEW_SCALE if replicas == proposed else SCALE_DOWN_STABILIZED,
        remember(recommendations, Record(now, proposed), lambda record: record.at < since),
    )


def _between_recent(
    current: int,
    proposed: int,
    behavior: Behavior,
    recommendations: tuple[Record, ...],
    now: float,
) -> Stabilized:
    """With a behavior: up to the lowest count of one window, down to the highest of the other."""
    up_since = now - behavior.scale_up.stabilization_window_seconds
    down_since = now - behavior.scale_down.stabilization_window_seconds
    lowest = min([proposed, *(r.replicas for r in recommendations if r.at > up_since)])
    highest = max([proposed, *(r.replicas for r in recommendations if r.at > down_since)])
    replicas = min(max(current, lowest), highest)
    stabilized = SCALE_UP_STABILIZED if proposed > current else SCALE_DOWN_STABILIZED
    oldest_used = min(up_since, down_since)
    return Stabilized(
        replicas,
        READY_FOR_NEW_SCALE if replicas == proposed else stabilized,
        remember(recommendations, Record(now, proposed), lambda r: r.at < oldest_used),
    )
