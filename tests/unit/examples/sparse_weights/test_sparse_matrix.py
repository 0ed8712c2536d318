"""The matrix of streams and lengths: measured, as a table, as a chart."""

import json
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import chart
import make_encoder
import measure
import pytest
from measure import Cell

CELLS = [
    Cell(streams=1, length=8, dense=100, sparse=150),
    Cell(streams=2, length=8, dense=100, sparse=130),
    Cell(streams=1, length=64, dense=50, sparse=45),
    Cell(streams=2, length=64, dense=50, sparse=60),
]
SVG = "{http://www.w3.org/2000/svg}"


def test_every_combination_is_measured() -> None:
    model = make_encoder.Encoder(width=64, zeros=0.9).model(layers=1)
    make_encoder.ov.save_model(model, "model.xml")

    cells = list(measure.matrix(Path("model.xml"), [1, 2], [4, 8], rounds=1, seconds=0.01))

    assert [(cell.streams, cell.length) for cell in cells] == [(1, 4), (2, 4), (1, 8), (2, 8)]
    assert all(cell.gain > 0 for cell in cells)


def test_the_table_has_streams_down_and_lengths_across() -> None:
    assert measure.table(CELLS).splitlines() == [
        "| streams \\ length | 8 | 64 |",
        "| --- | --- | --- |",
        "| 1 | 1.50 | 0.90 |",
        "| 2 | 1.30 | 1.20 |",
    ]


def test_the_chart_has_a_line_for_each_number_of_streams() -> None:
    drawing = ET.fromstring(chart.drawing(CELLS))

    lines = [line.attrib["points"].split() for line in drawing.iter(f"{SVG}polyline")]
    assert [len(points) for points in lines] == [2, 2]
    assert {"1 stream", "2 streams", "8", "64"} <= {
        text.text for text in drawing.iter(f"{SVG}text")
    }


def test_a_higher_gain_stands_higher_and_within_the_frame() -> None:
    places = [chart.y(cell.gain, CELLS) for cell in CELLS]

    assert sorted(CELLS, key=lambda cell: -cell.gain) == [
        cell for _, cell in sorted(zip(places, CELLS, strict=True), key=lambda pair: pair[0])
    ]
    assert all(chart.TOP <= place <= chart.BOTTOM for place in places)


def test_the_chart_is_drawn_from_what_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("matrix.json").write_text(json.dumps([measure.asdict(cell) for cell in CELLS]))
    monkeypatch.setattr(sys, "argv", ["chart.py", "matrix.json", "--output", "chart.svg"])

    chart.main()

    assert Path("chart.svg").read_text() == chart.drawing(CELLS)
