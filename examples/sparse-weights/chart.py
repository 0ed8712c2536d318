"""Draws the matrix that measure.py wrote: the gain over the length, a line for each stream count.

python chart.py build/matrix.json --output build/matrix.svg
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from measure import Cell

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 60, 600, 70, 300
COLOURS = ("#0068b5", "#e8833a", "#7c3aed", "#16a34a")
STEP = 0.2  # between lines of the grid

STYLE = """
    .title { font-size: 16px; font-weight: 700; fill: #0f172a }
    .label { font-size: 11px; fill: #64748b }
    .grid { stroke: #e2e8f0 }
    .even { stroke: #334155; stroke-dasharray: 6 4 }
    .gain { stroke-width: 2; fill: none; stroke-linejoin: round }"""


def drawing(cells: Sequence[Cell]) -> str:
    """The matrix as SVG."""
    body = "\n".join(f"  {element}" for element in (*axes(cells), *(line for line in lines(cells))))
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" \
aria-label="What sparse weights gain" font-family="system-ui, 'DejaVu Sans', sans-serif">
  <style>{STYLE}
  </style>
  <rect width="{WIDTH}" height="{HEIGHT}" rx="8" fill="#fff"/>
  <text class="title" x="{LEFT}" y="34">What sparse weights gain, by length of the sequence</text>
{body}
</svg>
"""


def axes(cells: Sequence[Cell]) -> Iterator[str]:
    """The grid, its figures, and what they are figures of."""
    for step in range(round(top(cells) / STEP) + 1):
        gain = step * STEP
        kind = "even" if round(gain, 6) == 1 else "grid"
        place = y(gain, cells)
        yield f'<line class="{kind}" x1="{LEFT}" x2="{RIGHT}" y1="{place:.1f}" y2="{place:.1f}"/>'
        yield text(LEFT - 8, place + 4, f"{gain:.1f}", "end")
    for length in lengths(cells):
        yield text(x(length, cells), BOTTOM + 18, str(length), "middle")
    yield text((LEFT + RIGHT) / 2, BOTTOM + 38, "tokens", "middle")
    yield text(LEFT, TOP - 12, "inferences, where dense weights make 1", "start")


def lines(cells: Sequence[Cell]) -> Iterator[str]:
    """A line with its key for each number of streams."""
    counts = sorted({cell.streams for cell in cells})
    for place, (streams, colour) in enumerate(zip(counts, COLOURS, strict=False)):
        points = " ".join(
            f"{x(cell.length, cells):.1f},{y(cell.gain, cells):.1f}"
            for cell in cells
            if cell.streams == streams
        )
        yield f'<polyline class="gain" stroke="{colour}" points="{points}"/>'
        key = RIGHT - 80 * (len(counts) - place)
        yield f'<line class="gain" stroke="{colour}" x1="{key}" x2="{key + 16}" y1="58" y2="58"/>'
        yield text(key + 22, 62, f"{streams} stream{'s' if streams > 1 else ''}", "start")


def text(at_x: float, at_y: float, words: str, anchor: str) -> str:
    """A label."""
    return (
        f'<text class="label" x="{at_x:.1f}" y="{at_y:.1f}" text-anchor="{anchor}">{words}</text>'
    )


def x(length: int, cells: Sequence[Cell]) -> float:
    """Lengths stand at equal distances, since each is usually twice the one before."""
    places = lengths(cells)
    inner = (RIGHT - LEFT) / len(places)
    return LEFT + inner * (places.index(length) + 0.5)


def y(gain: float, cells: Sequence[Cell]) -> float:
    """Gains stand in proportion, from 0."""
    return BOTTOM - (BOTTOM - TOP) * gain / top(cells)


def lengths(cells: Sequence[Cell]) -> list[int]:
    """All of them, shortest first."""
    return sorted({cell.length for cell in cells})


def top(cells: Sequence[Cell]) -> float:
    """The first line of the grid that no gain passes."""
    return STEP * (max(cell.gain for cell in cells) // STEP + 1)


def main() -> None:
    """Reads the command line and writes the picture."""
    parser = argparse.ArgumentParser(description="Draw what sparse weights gain.")
    parser.add_argument("matrix", type=Path, help="what measure.py wrote with --json")
    parser.add_argument("--output", type=Path, default=Path("build/matrix.svg"))
    options = parser.parse_args()
    try:
        cells = [Cell(**entry) for entry in json.loads(options.matrix.read_text())]
    except OSError as error:
        parser.error(f"matrix {options.matrix}: {error.strerror}")
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(drawing(cells))
    print(options.output)


if __name__ == "__main__":
    main()
