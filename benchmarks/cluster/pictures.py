"""The guides' pictures of a real cluster, from what `make e2e` and `make e2e-blog` have recorded.

    python benchmarks/cluster/pictures.py [--recorded build/e2e] [--output docs/images]

Panels stand where Grafana has them, and show what Prometheus answered to their queries; of the
dashboards the pictures are PNGs as well, for slides and chats that show nothing else.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
import resvg_py
from graphs import panels
from timelines import timeline

from modelserver_operator.local import picture

TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
)
DASHBOARDS = ("single", "fleet")


def dashboard(title: str, recorded: Mapping[str, Any]) -> str:
    drawn = panels(recorded["panels"], recorded["seconds"], recorded["loaded"])
    height = max(panel.y + panel.height for panel in drawn) + 10
    template = TEMPLATES.get_template("dashboard.svg.j2")
    return template.render(title=title, panels=drawn, height=height)


def targets(recorded: Sequence[Mapping[str, Any]]) -> str:
    """What Prometheus says of what it scrapes, pool by pool."""
    pools: dict[str, list[Mapping[str, Any]]] = {}
    for target in sorted(recorded, key=lambda each: str(each["scrapeUrl"])):
        pools.setdefault(target["scrapePool"], []).append(target)
    return TEMPLATES.get_template("targets.svg.j2").render(pools=pools)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recorded", type=Path, default=Path("build/e2e"))
    parser.add_argument("--output", type=Path, default=Path("docs/images"))
    options = parser.parse_args()
    seen = json.loads((options.recorded / "run-hpa.json").read_text())
    blog = json.loads((options.recorded / "blog.json").read_text())
    pictures = {
        **{
            f"dashboard-{name}.svg": dashboard(seen[name]["title"], seen[name])
            for name in DASHBOARDS
        },
        "cluster.svg": picture.draw(timeline("ocr", seen["course"])),
        "blog.svg": picture.draw(timeline("demo", blog)),
        "targets.svg": targets(blog["targets"]),
    }
    for name, drawn in pictures.items():
        write(options.output / name, drawn)


def write(file: Path, drawn: str) -> None:
    """Write a picture, and a dashboard's pixels beside it."""
    file.write_text(drawn)
    print(file)
    if file.name.startswith("dashboard-"):
        pixels = file.with_suffix(".png")
        pixels.write_bytes(resvg_py.svg_to_bytes(svg_string=drawn, zoom=1.5))
        print(pixels)


if __name__ == "__main__":
    main()
