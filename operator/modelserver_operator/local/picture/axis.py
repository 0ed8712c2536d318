"""Scales and lines of a chart: from data to points of a drawing."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise, zip_longest

_STEPS = (1, 2, 5, 10)
_SECONDS = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400)


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight map of `low..high` onto `start..end` of the drawing."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)


def ticks(highest: float, count: int = 4) -> list[float]:
    """About so many round numbers from 0 to the first that is not below `highest`."""
    rough = max(highest, 1e-9) / count
    magnitude = 10.0 ** math.floor(math.log10(rough))
    step = next(each * magnitude for each in _STEPS if each * magnitude >= rough * 0.999)
    return [round(step * index, 10) for index in range(math.ceil(highest / step * 0.999) + 1)]


def whole_ticks(highest: int) -> list[float]:
    """Whole numbers from 0 to `highest` or a little above, not too many of them."""
    step = max(1, math.ceil(highest / 5))
    return [float(value) for value in range(0, max(highest, 1) + step, step)]


def time_ticks(seconds: float, count: int = 10) -> list[float]:
    """Times from 0 to at most `seconds`, at most `count` steps apart as clocks have them."""
    step = next((each for each in _SECONDS if seconds / each <= count), _SECONDS[-1])
    return [float(value) for value in range(0, math.floor(seconds) + 1, step)]


Series = Sequence[tuple[float, float | None]]
"""Values over time; None where there is none."""


def line(series: Series, x: Scale, y: Scale) -> str:
    """The SVG path of a series, broken where a value is missing."""
    return " ".join(_path(run) for run in _runs(series, x, y))


def area(series: Series, x: Scale, y: Scale) -> str:
    """The SVG path of what lies between a series and its axis."""
    closed = ([(run[0][0], y.start), *run, (run[-1][0], y.start)] for run in _runs(series, x, y))
    return " ".join(f"{_path(run)}Z" for run in closed)


def stairs(series: Series) -> Series:
    """The series of a value that holds until the next one comes."""
    held = [(later, value) for (_, value), (later, _) in pairwise(series)]
    return [point for pair in zip_longest(series, held) for point in pair if point is not None]


def _runs(series: Series, x: Scale, y: Scale) -> list[list[tuple[float, float]]]:
    """The drawn points of each stretch without a gap."""
    stretches = groupby(series, key=lambda point: point[1] is not None)
    return [
        [(x(at), y(value)) for at, value in stretch if value is not None]
        for has_values, stretch in stretches
        if has_values
    ]


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:g},{y:g}" for x, y in points)
