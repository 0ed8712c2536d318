"""The quickstart's client: the request it makes and the text it finds in an answer."""

import json
import sys
from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import read_text
import yaml
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

RED = (255, 0, 0)


def answer(characters: Sequence[int], confidences: Sequence[float]) -> dict[str, Any]:
    return {
        "outputs": [
            {"name": "confidences", "data": list(confidences)},
            {"name": "characters", "data": list(characters)},
        ]
    }


def text_of(steps: str) -> str:
    """What is read from steps written as a word, with `_` for a blank."""
    characters = [ord(step) if step != "_" else 0 for step in steps]
    return read_text.decode(answer(characters, [1.0] * len(steps)))[0]


def encoded(image: Image.Image) -> tuple[dict[str, Any], Image.Image]:
    """The JSON header of a request, and the picture that follows it."""
    body, headers = read_text.encode(image)
    length = int(headers["Inference-Header-Content-Length"])
    return json.loads(body[:length]), Image.frombytes("RGB", (640, 48), body[length:])


def test_the_header_describes_the_bytes_that_follow() -> None:
    header, _ = encoded(Image.new("L", (100, 20)))
    (tensor,) = header["inputs"]
    assert (tensor["name"], tensor["datatype"]) == ("image", "UINT8")
    assert tensor["parameters"]["binary_data_size"] == prod(tensor["shape"]) == 48 * 640 * 3


@pytest.mark.parametrize(
    ("size", "inside", "outside"),
    [
        pytest.param((50, 50), (40, 24), (60, 24), id="short lines are padded on the right"),
        pytest.param((2000, 50), (639, 8), (320, 24), id="long lines are padded below"),
        pytest.param((400, 30), (639, 47), None, id="lines of the model's own shape fill it"),
    ],
)
def test_a_picture_keeps_its_proportions(
    size: tuple[int, int], inside: tuple[int, int], outside: tuple[int, int] | None
) -> None:
    _, picture = encoded(Image.new("RGB", size, RED))
    assert picture.getpixel(inside) == RED
    assert outside is None or picture.getpixel(outside) == read_text.GREY


@pytest.mark.parametrize(
    ("steps", "text"),
    [
        pytest.param("cat", "cat", id="one step a letter"),
        pytest.param("ccaaatt", "cat", id="steps that see the same letter are one"),
        pytest.param("__c_a__t_", "cat", id="blanks are nothing"),
        pytest.param("hel_lo", "hello", id="a blank parts equal letters"),
        pytest.param("a  b", "a b", id="a space is a letter"),
        pytest.param("____", "", id="an empty line"),
    ],
)
def test_steps_become_text(steps: str, text: str) -> None:
    assert text_of(steps) == text


@given(st.lists(st.tuples(st.sampled_from("aab 字"), st.integers(1, 3), st.integers(0, 2))))
def test_any_text_survives_however_the_steps_fall(letters: list[tuple[str, int, int]]) -> None:
    steps = ""
    for letter, repeats, blanks in letters:
        parted = "_" if steps.endswith(letter) else ""
        steps += parted + letter * repeats + "_" * blanks
    assert text_of(steps) == "".join(letter for letter, _, _ in letters)


def test_confidence_is_the_mean_of_each_letters_clearest_step() -> None:
    steps = answer([ord("o"), ord("o"), 0, ord("k")], [0.5, 0.8, 0.1, 0.4])
    assert read_text.decode(steps) == ("ok", pytest.approx(0.6))


def test_no_text_is_no_confidence() -> None:
    assert read_text.decode(answer([0, 0], [1.0, 1.0])) == ("", 0.0)


def test_the_client_knocks_where_the_manifest_opens(quickstart: Path) -> None:
    spec = yaml.safe_load((quickstart / "modelserver.yaml").read_text())["spec"]
    assert urlsplit(read_text.URL).port == spec["service_parameters"]["rest_port"]
    assert spec["models_settings"]["model_name"] == read_text.MODEL


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["missing.png"], "missing.png: .*No such file"),
        ([__file__], "cannot identify image file"),
        (["sample.png", "--url", "localhost"], "localhost: .*missing an 'http://'"),
        (["sample.png", "--url", "http://127.0.0.1:1"], "http://127.0.0.1:1: .*refused"),
    ],
    ids=["no file", "no picture", "no address", "no server"],
)
def test_what_went_wrong_is_said_in_one_line(
    arguments: list[str], complaint: str, quickstart: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(quickstart)
    monkeypatch.setattr(sys, "argv", ["read_text.py", *arguments])
    with pytest.raises(SystemExit, match=complaint) as stopped:
        read_text.main()
    assert "\n" not in str(stopped.value)
