"""From what kubectl's watch and Prometheus saw of a run to a timeline as local play draws it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from modelserver_operator.local.measuring.metrics import Traffic
from modelserver_operator.local.measuring.timeline import Event, Moment, Timeline

Points = Sequence[tuple[float, float | None]]


def timeline(server: str, recorded: Mapping[str, Any]) -> Timeline:
    """A moment for each second."""
    ratio, rate, p99 = (points(recorded, name) for name in ("ratio", "rate", "p99"))
    first, *others = recorded["moments"]
    replicas = [(0.0, first), *((each["at"], each) for each in others)]
    end = int(replicas[-1][0]) + 10
    moments = [
        Moment(
            float(at),
            latest(replicas, at)["ready"],
            latest(replicas, at)["wanted"],
            latest(ratio, at),
            recorded["target"],
            Traffic(latest(rate, at) or 0.0, p99=latest(p99, at)),
        )
        for at in range(end)
    ]
    return Timeline({server: moments}, [Event(recorded["loaded"], server, "", "load ends")])


def points(recorded: Mapping[str, Any], name: str) -> Points:
    """Those of the only series; a value that is no number is none."""
    series = recorded[name][:1]
    return [
        (at, value if isfinite(value) else None) for each in series for at, value in each["points"]
    ]


def latest(known: Sequence[tuple[float, Any]], at: float) -> Any:  # noqa: ANN401 - whatever it holds
    """What was known at a moment; None before there was anything."""
    place = bisect_right(known, at, key=lambda each: each[0])
    return known[place - 1][1] if place else None
