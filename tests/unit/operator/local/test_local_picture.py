"""The timeline as a picture."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelserver_operator.local import picture
from modelserver_operator.local.errors import CannotPlayError
from modelserver_operator.local.measuring.metrics import Traffic
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

SVG = "{http://www.w3.org/2000/svg}"


def timeline() -> Timeline:
    """Five seconds in which a ModelServer goes from 1 to 3 replicas."""
    ready, ratio = [0, 1, 1, 3, 3], [None, 1.0, 6.0, 2.0, 2.0]
    moments = [
        Moment(
            float(at), ready[at], 1 if at < 2 else 3, ratio[at], 1.0, Traffic(40.0 * at, 0.01, 0.02)
        )
        for at in range(5)
    ]
    return Timeline({"ocr": moments}, [Event(2.0, "ocr", "scaled", "1 → 3")])


def drawn(suffix: str = ".svg") -> ET.Element:
    return ET.fromstring(picture.draw(timeline(), suffix))


def path(root: ET.Element, name: str) -> str:
    found = root.find(f".//{SVG}path[@class='{name}']")
    assert found is not None
    return found.attrib["d"]


def texts(root: ET.Element) -> list[str]:
    return [element.text or "" for element in root.iter(f"{SVG}text")]


def test_the_picture_tells_the_story_in_words_too() -> None:
    words = texts(drawn())
    assert "ocr" in words
    assert "4 s · about 400 requests · replicas 1 → 3" in words
    assert {"Load", "Ratio", "Replicas", "seconds", "target", "desired", "1 → 3"} <= {*words}


def test_each_series_is_drawn() -> None:
    root = drawn()
    for name in ("requests", "latency", "ratio", "target", "ready", "desired"):
        assert path(root, name).startswith("M"), name


def test_a_series_begins_where_its_values_begin() -> None:
    root = drawn()
    start, one_second = 60.0, (840.0 - 60.0) / 4
    assert path(root, "requests").startswith(f"M{start:g},")
    assert path(root, "ratio").startswith(f"M{start + one_second:g},")


def test_all_that_is_drawn_lies_within_the_picture() -> None:
    root = drawn()
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    for element in root.iter(f"{SVG}path"):
        for point in (
            element.attrib["d"].strip("MZ").replace("ZM", "L").replace("M", "L").split("L")
        ):
            x, y = map(float, point.strip("Z ").split(","))
            assert 0 <= x <= width
            assert 0 <= y <= height


def test_every_model_server_has_a_part_of_its_own() -> None:
    both = timeline()
    both.moments["second"] = both.moments["ocr"]
    root = ET.fromstring(picture.draw(both))
    assert {"ocr", "second"} <= {*texts(root)}
    assert float(root.attrib["height"]) == 2 * float(drawn().attrib["height"])


def test_names_cannot_break_the_drawing() -> None:
    odd = timeline()
    odd.moments["<&>"] = odd.moments.pop("ocr")
    assert "<&>" in texts(ET.fromstring(picture.draw(odd)))


def test_a_play_that_was_over_at_once_still_makes_a_picture() -> None:
    ET.fromstring(picture.draw(Timeline()))


def test_html_holds_the_same_drawing(tmp_path: Path) -> None:
    picture.write(timeline(), tmp_path / "a.html")
    text = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert picture.draw(timeline()).strip() in text


@pytest.mark.parametrize("name", ["a.png", "svg", "a.SVGZ"])
def test_another_form_of_picture_is_refused(name: str) -> None:
    with pytest.raises(CannotPlayError, match=r"must end in \.svg or \.html"):
        picture.check(Path(name))


def test_a_folder_that_is_not_there_is_refused_before_the_play(tmp_path: Path) -> None:
    with pytest.raises(CannotPlayError, match="does not exist"):
        picture.check(tmp_path / "none" / "a.svg")


@given(st.floats(1e-6, 1e9))
def test_ticks_are_few_and_reach_just_above_the_highest_value(highest: float) -> None:
    there = ticks(highest)
    assert there[0] == 0
    assert there[-1] >= highest * 0.999
    assert there[-2] <= highest
    assert 2 <= len(there) <= 6


@given(st.integers(0, 1000))
def test_whole_ticks_hold_the_highest_value(highest: int) -> None:
    there = whole_ticks(highest)
    assert there[-1] >= max(1, highest)
    assert len(there) <= 7
    assert all(tick == int(tick) for tick in there)


@given(st.floats(1, 1e6))
def test_time_ticks_never_pass_the_end(seconds: float) -> None:
    there = time_ticks(seconds)
    assert there[-1] <= seconds
    assert len(there) <= 12


def test_a_line_breaks_where_values_are_missing() -> None:
    x, y = Scale(0, 4, 0, 4), Scale(0, 10, 10, 0)
    series = [(0, 1.0), (1, 2.0), (2, None), (3, 3.0), (4, 4.0)]
    assert line(series, x, y) == "M0,9L1,8 M3,7L4,6"
    assert area(series, x, y) == "M0,10L0,9L1,8L1,10Z M3,10L3,7L4,6L4,10Z"


def test_stairs_hold_a_value_until_the_next() -> None:
    assert list(stairs([(0, 1.0), (1, 3.0), (2, 1.0)])) == [
        *((0, 1.0), (1, 1.0)),
        *((1, 3.0), (2, 3.0)),
        (2, 1.0),
    ]
