"""Values written alike in flags and in config.json."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelserver_runtime import option_values
from modelserver_runtime.settings import AllVersions, Latest, SettingsError, Specific
from modelserver_runtime.tensors import Dimension

ANY = Dimension(0, None)
DIMENSIONS = st.one_of(
    st.just(ANY),
    st.integers(1, 2**40).map(Dimension.of),
    st.tuples(st.integers(1, 999), st.integers(1000, 9999)).map(lambda ends: Dimension(*ends)),
)


@given(DIMENSIONS)
def test_a_dimension_reads_back_as_it_is_written(dimension: Dimension) -> None:
    assert option_values.dimension(str(dimension)) == dimension


@given(st.lists(DIMENSIONS, min_size=1))
def test_a_shape_reads_back_as_it_is_written(shape: list[Dimension]) -> None:
    text = ",".join(map(str, shape))

    assert option_values.shapes(f"({text})") == tuple(shape)
    assert option_values.shapes({"x": f"( {text} )"}) == {"x": tuple(shape)}
    assert option_values.shapes(json.dumps({"x": text})) == {"x": tuple(shape)}


def test_a_shape_may_be_left_to_the_requests() -> None:
    assert option_values.shapes("AUTO") == "auto"
    assert option_values.shapes('{"x": "auto", "y": "(1)"}') == {
        "x": "auto",
        "y": (Dimension.of(1),),
    }


@given(st.text())
def test_any_text_is_a_shape_or_is_refused(text: str) -> None:
    with suppress(SettingsError):
        option_values.shapes(text)


@pytest.mark.parametrize("text", ["", "x", "0", "-2", "3:2", "1:", "1.5", "1:2:3"])
def test_what_is_no_dimension_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="range"):
        option_values.dimension(text)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (8, Dimension.of(8)),
        ("8", Dimension.of(8)),
        ("-1", ANY),
        ("1:16", Dimension(1, 16)),
        (0, None),
        ("0", None),
        ("auto", "auto"),
        ("AUTO", "auto"),
    ],
)
def test_a_batch_size_is_a_number_or_text(written: object, meant: object) -> None:
    assert option_values.batch_size(written) == meant


@pytest.mark.parametrize("written", [True, 1.5, None, "many"])
def test_other_batch_sizes_are_refused(written: object) -> None:
    with pytest.raises(SettingsError):
        option_values.batch_size(written)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('{"latest": {"num_versions": 3}}', Latest(3)),
        ({"latest": {}}, Latest(1)),
        ({"all": {}}, AllVersions()),
        ({"specific": {"versions": [1, 3]}}, Specific(frozenset({1, 3}))),
    ],
)
def test_the_three_version_policies(written: object, meant: object) -> None:
    assert option_values.version_policy(written) == meant


@pytest.mark.parametrize(
    "written",
    [
        {},
        {"newest": {}},
        {"latest": {"num_versions": 0}},
        {"latest": {"versions": 2}},
        {"latest": {}, "all": {}},
        {"all": {"versions": 2}},
        {"specific": {"versions": ["1"]}},
        {"specific": {}},
        "latest",
    ],
)
def test_any_other_policy_is_refused(written: object) -> None:
    with pytest.raises(SettingsError):
        option_values.version_policy(written)


def test_plugin_config_takes_text_booleans_and_numbers() -> None:
    config = {"A": "x", "B": True, "C": 4, "D": 0.5}

    assert option_values.plugin_config(json.dumps(config)) == config


@pytest.mark.parametrize("value", [None, [], {}])
def test_other_values_in_plugin_config_are_refused_with_their_key(value: object) -> None:
    with pytest.raises(SettingsError, match="NUM_STREAMS is"):
        option_values.plugin_config({"NUM_STREAMS": value})
