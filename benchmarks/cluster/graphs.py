"""Panels of a dashboard, from their series to points of a drawing."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from typing import Any

from modelserver_operator.local.picture.axis import Scale, line, ticks, time_ticks

CELL_WIDTH, CELL_HEIGHT = 50, 26  # of Grafana's grid
TOP, BOTTOM, LEFT, RIGHT = 34, 40, 56, 14  # around a graph's curves
NOTHING = "no data"
COLOURS = ("#0068b5", "#e8833a", "#16a34a", "#7c3aed", "#db2777", "#0891b2", "#a16207", "#64748b")
POD = re.compile(r"\S+-[a-z0-9]+-([a-z0-9]{5})\b")
CHARACTER, LINE = 7.2, 15  # of a legend

Series = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Tick:
    place: float
    label: str


@dataclass(frozen=True)
class Curve:
    """A series, drawn, and its place in the legend, from the panel's lower left."""

    name: str
    path: str
    colour: str
    dashed: bool
    x: float
    y: float


@dataclass(frozen=True)
class Panel:
    """One panel: a row's heading, a number, a table or curves."""

    kind: str
    title: str
    x: float
    y: float
    width: float
    height: float
    text: str = ""
    cells: Sequence[Sequence[str]] = ()
    curves: Sequence[Curve] = ()
    left: Sequence[Tick] = ()
    bottom: Sequence[Tick] = ()


def panels(recorded: Sequence[Mapping[str, Any]], seconds: float, moment: float) -> list[Panel]:
    """All of a dashboard.

    Args:
        recorded: as Prometheus answered.
        seconds: how long the run took.
        moment: when numbers and tables are read.
    """
    return [_panel(each, seconds, moment) for each in recorded]


def _panel(recorded: Mapping[str, Any], seconds: float, moment: float) -> Panel:
    place, series = recorded["place"], recorded["series"]
    frame = Panel(
        recorded["type"],
        recorded["title"],
        place["x"] * CELL_WIDTH,
        place["y"] * CELL_HEIGHT,
        place["w"] * CELL_WIDTH,
        place["h"] * CELL_HEIGHT,
    )
    match frame.kind:
        case "stat":
            return replace(frame, text=_number(series[0], moment) if series else NOTHING)
        case "table":
            return replace(frame, cells=_table(series, moment))
        case "timeseries":
            return _graph(frame, series, seconds)
    return frame


def _graph(frame: Panel, series: Series, seconds: float) -> Panel:
    values = [value for each in series for _, value in each["points"] if math.isfinite(value)]
    marks = ticks(max(values, default=1.0) or 1.0)
    unit = series[0]["unit"] if series else ""
    names = [POD.sub(r"…\1", each["name"]) for each in series]
    places = _legend(names, frame.width - LEFT)
    bottom = BOTTOM + max((y for _, y in places), default=0.0)
    x = Scale(0.0, seconds, frame.x + LEFT, frame.x + frame.width - RIGHT)
    y = Scale(0.0, marks[-1], frame.y + frame.height - bottom, frame.y + TOP)
    return replace(
        frame,
        curves=[
            Curve(name, line(_finite(each["points"]), x, y), colour, _is_dashed(name), *place)
            for name, each, colour, place in zip(
                names, series, cycle(COLOURS), places, strict=False
            )
        ],
        left=[Tick(y(value), _written(value, unit)) for value in marks],
        bottom=[Tick(x(at), f"{at:g} s") for at in time_ticks(seconds, 6)],
    )


def _finite(points: Sequence[tuple[float, float]]) -> list[tuple[float, float | None]]:
    return [(at, value if math.isfinite(value) else None) for at, value in points]


def _is_dashed(name: str) -> bool:
    return name.endswith(("target", "most"))


def _legend(names: Sequence[str], width: float) -> list[tuple[float, float]]:
    """Where each name stands, in as many lines as are needed; the last one at the bottom."""
    places, x, y = [], 0.0, 0.0
    for name in names:
        needed = CHARACTER * len(name) + 30
        if x + needed > width:
            x, y = 0.0, y + LINE
        places.append((x, y))
        x += needed
    return [(LEFT + x, y - above) for x, above in places]


def _table(series: Series, moment: float) -> list[list[str]]:
    """A row of headings, and one for each server."""
    columns = list(dict.fromkeys(each["of"] for each in series))
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for each in series:
        server = (each["labels"]["namespace"], each["labels"]["service"])
        rows.setdefault(server, {})[each["of"]] = _number(each, moment)
    return [
        ["Namespace", "Server", *columns],
        *([*server, *(row.get(column, "") for column in columns)] for server, row in rows.items()),
    ]


def _number(series: Mapping[str, Any], moment: float) -> str:
    """The value at a moment."""
    before = [value for at, value in series["points"] if at <= moment]
    return _written(before[-1], series["unit"]) if before else NOTHING


def _written(value: float, unit: str) -> str:
    if not math.isfinite(value):
        return NOTHING
    match unit:
        case "s" if value < 1:
            return f"{value * 1000:.3g} ms"
        case "s":
            return f"{value:.3g} s"
        case "percentunit":
            return f"{value * 100:.3g}%"
        case "reqps":
            return f"{value:.3g}/s"
    return f"{value:.3g}"
