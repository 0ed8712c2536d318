"""What a Deployment does next: which replicas to start and which to send away.

The rules are those of the Deployment and ReplicaSet controllers: a rolling update never holds more
than `desired + maxSurge` replicas nor fewer than `desired - maxUnavailable` ready ones, Recreate
starts the new ones when the old are gone, and scaling down takes unready replicas first, then the
youngest.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Strategy:
    """A Deployment's `strategy`; surge and unavailable are counts or percentages ("25%")."""

    recreate: bool
    max_surge: int | str = "25%"
    max_unavailable: int | str = "25%"


@dataclass(frozen=True, slots=True)
class Member:
    """What the decision needs to know of one replica; a higher serial is a younger one."""

    name: str
    serial: int
    revision: str
    ready: bool
    leaving: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """How many replicas of the wanted revision to start now, and which ones to drain."""

    start: int = 0
    drain: tuple[str, ...] = ()


def strategy(manifest: Mapping[str, Any]) -> Strategy:
    """Read a Deployment's `spec.strategy`, with Kubernetes' own defaults."""
    rolling = manifest.get("rollingUpdate") or {}
    return Strategy(
        recreate=manifest.get("type") == "Recreate",
        max_surge=rolling.get("maxSurge", "25%"),
        max_unavailable=rolling.get("maxUnavailable", "25%"),
    )


def decide(desired: int, revision: str, strategy: Strategy, members: Sequence[Member]) -> Step:
    """The next step towards `desired` ready replicas of `revision`; Step() when there is none."""
    staying = [member for member in members if not member.leaving]
    new = [member for member in staying if member.revision == revision]
    old = [member for member in staying if member.revision != revision]
    if strategy.recreate and old:
        return Step(drain=_names(old))
    if strategy.recreate and any(member.revision != revision for member in members):
        return Step()
    surge, unavailable = _bounds(strategy, desired)
    room = desired + (surge if old else 0) - len(staying)
    start = max(0, min(desired - len(new), room))
    surplus = len(new) - desired
    if surplus > 0:
        return Step(drain=_names(sorted(new, key=_least_missed)[:surplus]))
    return Step(start, _names(_replaceable(old, new, max(0, desired - unavailable))))


def _replaceable(old: Sequence[Member], new: Sequence[Member], min_ready: int) -> Sequence[Member]:
    """The old replicas that may go now: unready ones first, ready ones only above `min_ready`."""
    ready_new = sum(member.ready for member in new)
    # An unready new replica does not stand in for an old one yet, so it is not counted.
    budget = max(0, len(old) + ready_new - min_ready)
    unready = [member for member in old if not member.ready][:budget]
    ready = [member for member in old if member.ready]
    spare = max(0, len(ready) + ready_new - min_ready)
    return unready + sorted(ready, key=_least_missed)[: min(spare, budget - len(unready))]


def _least_missed(member: Member) -> tuple[bool, int]:
    return member.ready, -member.serial


def _names(members: Sequence[Member]) -> tuple[str, ...]:
    return tuple(member.name for member in members)


def _bounds(strategy: Strategy, desired: int) -> tuple[int, int]:
    """Surge rounded up and unavailable rounded down; both 0 would never end: then 0 and 1."""
    surge = _count(strategy.max_surge, desired, math.ceil)
    unavailable = _count(strategy.max_unavailable, desired, math.floor)
    return (surge, unavailable) if surge or unavailable else (0, 1)


def _count(value: int | str, desired: int, whole: Callable[[float], int]) -> int:
    if isinstance(value, int):
        return value
    return whole(int(value.removesuffix("%")) * desired / 100)
