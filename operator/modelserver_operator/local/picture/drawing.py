"""The timeline of a play as a picture: load, ratio and replicas over one axis of time.

Geometry is worked out here; how it looks is the templates' business.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path

import jinja2

from modelserver_operator.local.errors import CannotPlayError
from modelserver_operator.local.measuring.timeline import Event, Moment, Timeline
from modelserver_operator.local.picture.axis import (
    Scale,
    area,
    line,
    stairs,
    ticks,
    time_ticks,
    whole_ticks,
)

_LEFT, _RIGHT = 60.0, 840.0
_HEADER, _GAP, _FOOTER = 84.0, 48.0, 50.0
_LOAD, _RATIO, _REPLICAS = 150.0, 110.0, 90.0
_SECTION = _HEADER + _LOAD + _GAP + _RATIO + _GAP + _REPLICAS + _FOOTER
_MILLISECONDS = 1000.0

_SUFFIXES = {".svg": "timeline.svg.j2", ".html": "timeline.html.j2"}
_TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("modelserver_operator.local.picture"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
)


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis and what is written there."""

    place: float
    label: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One of the three charts: where it stands, its axes, and the paths of its series."""

    top: float
    bottom: float
    left_ticks: Sequence[Tick]
    right_ticks: Sequence[Tick]
    paths: dict[str, str]


@dataclass(frozen=True, slots=True)
class Section:
    """All that is drawn of one ModelServer."""

    title: str
    summary: str
    top: float
    load: Panel
    ratio: Panel
    replicas: Panel
    times: Sequence[Tick]
    marks: Sequence[Tick]


def check(path: Path) -> None:
    """Refuse a file that no picture can be written to, before there is anything to lose.

    Raises:
        CannotPlayError: its ending is unknown, or its folder is not there.
    """
    if path.suffix not in _SUFFIXES:
        allowed = " or ".join(_SUFFIXES)
        raise CannotPlayError(f"--output {path}: must end in {allowed}, not {path.suffix or path}")
    if not path.parent.is_dir():
        raise CannotPlayError(f"--output {path}: the folder {path.parent} does not exist")


def write(timeline: Timeline, path: Path) -> None:
    """Write the picture; the file's ending says in which form."""
    path.write_text(draw(timeline, path.suffix), encoding="utf-8")


def draw(timeline: Timeline, suffix: str = ".svg") -> str:
    """The picture of every ModelServer that was seen for more than a moment, below each other."""
    shown = [(name, seen) for name, seen in timeline.moments.items() if len(seen) > 1]
    sections = [
        _section(name, moments, timeline.events, index * _SECTION)
        for index, (name, moments) in enumerate(shown)
    ]
    template = _TEMPLATES.get_template(_SUFFIXES[suffix])
    return template.render(
        sections=sections, left=_LEFT, right=_RIGHT, height=max(1, len(sections)) * _SECTION
    )


def _section(name: str, moments: Sequence[Moment], events: Sequence[Event], top: float) -> Section:
    end = moments[-1].at
    x = Scale(0.0, end, _LEFT, _RIGHT)
    load = top + _HEADER
    ratio = load + _LOAD + _GAP
    replicas = ratio + _RATIO + _GAP
    return Section(
        title=name,
        summary=_summary(moments),
        top=top,
        load=_load(moments, x, load),
        ratio=_ratio(moments, x, ratio),
        replicas=_replicas(moments, x, replicas),
        times=[Tick(x(at), f"{at:g}") for at in time_ticks(end)],
        marks=[
            Tick(x(event.at), event.mark)
            for event in events
            if event.server == name and event.mark and event.at <= end
        ],
    )


def _load(moments: Sequence[Moment], x: Scale, top: float) -> Panel:
    requests = [(moment.at, moment.traffic.requests_per_second) for moment in moments]
    latency = [(moment.at, _milliseconds(moment.traffic.p99)) for moment in moments]
    bottom = top + _LOAD
    y, left = _axis([value for _, value in requests], top, bottom)
    y_latency, right = _axis([value for _, value in latency if value], top, bottom)
    paths = {
        "requests": line(requests, x, y),
        "requests_area": area(requests, x, y),
        "latency": line(latency, x, y_latency),
    }
    return Panel(top, bottom, left, right, paths)


def _ratio(moments: Sequence[Moment], x: Scale, top: float) -> Panel:
    ratio = [(moment.at, moment.ratio) for moment in moments]
    target = [(moment.at, moment.target) for moment in moments]
    bottom = top + _RATIO
    y, left = _axis([value for _, value in (*ratio, *target) if value], top, bottom)
    paths = {
        "ratio": line(ratio, x, y),
        "ratio_area": area(ratio, x, y),
        "target": line(stairs(target), x, y),
    }
    return Panel(top, bottom, left, (), paths)


def _replicas(moments: Sequence[Moment], x: Scale, top: float) -> Panel:
    ready = [(moment.at, float(moment.ready)) for moment in moments]
    desired = [(moment.at, float(moment.desired)) for moment in moments]
    bottom = top + _REPLICAS
    places = whole_ticks(int(max(value for _, value in (*ready, *desired))))
    y = Scale(0.0, places[-1], bottom, top)
    paths = {"ready": area(stairs(ready), x, y), "desired": line(stairs(desired), x, y)}
    return Panel(top, bottom, [Tick(y(value), f"{value:g}") for value in places], (), paths)


def _axis(values: Sequence[float], top: float, bottom: float) -> tuple[Scale, list[Tick]]:
    """A scale from 0 to a round number that no value passes, and its ticks."""
    places = ticks(max(values, default=1.0) or 1.0)
    y = Scale(0.0, places[-1], bottom, top)
    return y, [Tick(y(value), f"{value:g}") for value in places]


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * _MILLISECONDS


def _summary(moments: Sequence[Moment]) -> str:
    """The play in one line: how long, how much, and how the replicas went."""
    counts = [count for count, _ in groupby(moment.desired for moment in moments)]
    answered = sum(
        moment.traffic.requests_per_second * (moment.at - before.at)
        for before, moment in pairwise(moments)
    )
    course = " → ".join(map(str, counts))
    return f"{moments[-1].at:.0f} s · about {answered:,.0f} requests · replicas {course}"
