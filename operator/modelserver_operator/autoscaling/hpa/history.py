"""What an HPA remembers between two decisions: its recommendations and the scalings it made."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from modelserver_operator.autoscaling.hpa.types import Behavior, ScalingRules


@dataclass(frozen=True, slots=True)
class Record:
    """A number of replicas and when it was noted: a recommended count, or the size of a change."""

    at: float
    replicas: int


@dataclass(frozen=True, slots=True)
class History:
    """Everything remembered. A new autoscaler starts with an empty one."""

    recommendations: tuple[Record, ...] = ()
    scale_ups: tuple[Record, ...] = ()
    scale_downs: tuple[Record, ...] = ()

    def started(self, current_replicas: int, now: float) -> "History":
        """This history, or at first sight one that takes the present count as recommended."""
        if self.recommendations:
            return self
        return replace(self, recommendations=(Record(now, current_replicas),))

    def scaled(self, behavior: Behavior | None, change: int, now: float) -> "History":
        """This history after `change` replicas came, or went where negative.

        Without a behavior nothing limits the pace, so nothing is noted.
        """
        if behavior is None:
            return self
        event = Record(now, abs(change))
        if change > 0:
            stale = _outside_every_period(behavior.scale_up, now)
            return replace(self, scale_ups=remember(self.scale_ups, event, stale))
        stale = _outside_every_period(behavior.scale_down, now)
        return replace(self, scale_downs=remember(self.scale_downs, event, stale))

    def net_change(self, period_seconds: int, now: float) -> int:
        """Replicas added minus replicas removed within the last period."""
        since = now - period_seconds
        added = sum(event.replicas for event in self.scale_ups if event.at > since)
        removed = sum(event.replicas for event in self.scale_downs if event.at > since)
        return added - removed


def remember(
    records: tuple[Record, ...], new: Record, stale: Callable[[Record], bool]
) -> tuple[Record, ...]:
    """The records with `new` in place of the last stale one, or at the end.

    Kubernetes reuses one stale record at a time and keeps the others. That shows: a scale-up too
    old for every scale-up policy still counts within a longer period of a scale-down policy.
    """
    reusable = [index for index, record in enumerate(records) if stale(record)]
    if not reusable:
        return (*records, new)
    last = reusable[-1]
    return (*records[:last], new, *records[last + 1 :])


def _outside_every_period(rules: ScalingRules, now: float) -> Callable[[Record], bool]:
    since = now - max(policy.period_seconds for policy in rules.policies)
    return lambda event: event.at < since
