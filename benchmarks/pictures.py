"""The guides' pictures of what the model cache and the hints do, from measurements on this machine.

    python benchmarks/pictures.py build/models/ocr [--rounds 5] [--seconds 5] [--output docs/images]

The figures are those of ``modelserver-runtime profile --cold`` and ``bench --compare-hints``, each
the best of its rounds: what else a machine does only makes them worse.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RUNTIME = Path(sys.executable).with_name("modelserver-runtime")
CROWD = 8

WIDTH, LEFT, RIGHT = 640, 110, 540
TITLE, ROW, BAR = 40, 34, 20  # heights
COLOURS = ("#0068b5", "#e8833a")
STYLE = """
    .title { font-size: 16px; font-weight: 700; fill: #0f172a }
    .head { font-size: 12px; font-weight: 600; fill: #334155 }
    .label { font-size: 12px; fill: #64748b }"""


@dataclass(frozen=True)
class Panel:
    """Bars on one scale; each is made of as many parts as there are names for."""

    unit: str
    parts: Sequence[str]
    bars: Mapping[str, Sequence[float]]


def cache_panels(model: Path, rounds: int) -> list[Panel]:
    seen = [ask("profile", "--model_path", model, "--cold", "--json") for _ in range(rounds)]
    names = {"none": "no cache", "cold": "empty cache", "warm": "filled cache"}
    parts = {"load_ms": "load", "first_inference_ms": "first inference"}
    bars = {
        name: tuple(min(figures[cache][part] for figures in seen) for part in parts)
        for cache, name in names.items()
    }
    return [Panel("ms", tuple(parts.values()), bars)]


def hint_panels(model: Path, rounds: int, seconds: float) -> list[Panel]:
    crowd = hints(model, rounds, seconds, connections=CROWD)
    alone = hints(model, rounds, seconds, connections=1)
    rates = {hint: (max(row["frames/s"] for row in rows),) for hint, rows in crowd.items()}
    waits = {hint: (min(row["p50 ms"] for row in rows),) for hint, rows in alone.items()}
    return [
        Panel("frames/s", (f"throughput, {CROWD} clients",), rates),
        Panel("ms", ("latency of a client that is alone",), waits),
    ]


def hints(
    model: Path, rounds: int, seconds: float, connections: int
) -> dict[str, list[dict[str, float]]]:
    """What each round has found of each hint."""
    options = ("-t", f"{seconds:g}", "-u", f"{seconds / 5:g}", "-c", str(connections), "-j")
    seen = [ask("bench", "--compare-hints", model, *options) for _ in range(rounds)]
    return {rows[0]["hint"]: list(rows) for rows in zip(*seen, strict=True)}


def ask(*arguments: str | Path) -> Any:  # noqa: ANN401
    return json.loads(subprocess.run([RUNTIME, *arguments], stdout=-1, check=True).stdout)


def drawing(title: str, panels: Sequence[Panel]) -> str:
    """The panels, one below the other, as SVG."""
    heights = [TITLE + ROW * len(panel.bars) for panel in panels]
    tops = [TITLE + sum(heights[:place]) for place in range(len(panels))]
    body = "\n".join(
        f"  {element}"
        for panel, top in zip(panels, tops, strict=True)
        for element in elements(panel, top)
    )
    height = TITLE + sum(heights) + 10
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" \
aria-label="{title}" font-family="system-ui, 'DejaVu Sans', sans-serif">
  <style>{STYLE}
  </style>
  <rect width="{WIDTH}" height="{height}" rx="8" fill="#fff"/>
  <text class="title" x="20" y="30">{title}</text>
{body}
</svg>
"""


def elements(panel: Panel, top: float) -> Iterator[str]:
    """One panel's names of parts, and its bars."""
    for place, (part, colour) in enumerate(zip(panel.parts, COLOURS, strict=False)):
        x = LEFT + place * 120
        yield f'<rect x="{x}" y="{top + 10}" width="12" height="12" rx="2" fill="{colour}"/>'
        yield f'<text class="head" x="{x + 18}" y="{top + 20}">{part}</text>'
    scale = (RIGHT - LEFT) / max(map(sum, panel.bars.values()))
    for row, (name, values) in enumerate(panel.bars.items()):
        yield from bar(name, values, panel.unit, scale, top + TITLE + row * ROW)


def bar(name: str, values: Sequence[float], unit: str, scale: float, y: float) -> Iterator[str]:
    yield f'<text class="label" x="{LEFT - 10}" y="{y + 15}" text-anchor="end">{name}</text>'
    x = float(LEFT)
    for value, colour in zip(values, COLOURS, strict=False):
        width = value * scale
        yield f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{BAR}" fill="{colour}"/>'
        x += width
    yield f'<text class="label" x="{x + 8:.1f}" y="{y + 15}">{sum(values):.3g} {unit}</text>'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path, help="a folder with versions of a model")
    parser.add_argument("--rounds", type=int, default=5, help="default 5")
    parser.add_argument("--seconds", type=float, default=5, help="for each hint (default 5)")
    parser.add_argument("--output", type=Path, default=Path("docs/images"))
    options = parser.parse_args()
    pictures = {
        "model-cache.svg": ("What a start costs", cache_panels(options.model, options.rounds)),
        "hints.svg": (
            "What the hints do",
            hint_panels(options.model, options.rounds, options.seconds),
        ),
    }
    for name, (title, panels) in pictures.items():
        (options.output / name).write_text(drawing(title, panels))
        print(options.output / name)


if __name__ == "__main__":
    main()
