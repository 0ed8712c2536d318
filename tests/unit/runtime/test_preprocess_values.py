"""How conversions of inputs are written."""

from __future__ import annotations

import pytest

from modelserver_runtime import preprocess_values as values
from modelserver_runtime.settings import Conversion, SettingsError


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("NHWC:NCHW", Conversion(client="NHWC", model="NCHW")),
        ("nhwc : nchw", Conversion(client="NHWC", model="NCHW")),
        ("CN", Conversion(client="CN", model="CN")),
        ("N...C:NC...", Conversion(client="N...C", model="NC...")),
        ("N??C", Conversion(client="N??C", model="N??C")),
        (
            '{"x": "NHWC:NCHW", "y": "CN"}',
            {"x": Conversion("NHWC", "NCHW"), "y": Conversion("CN", "CN")},
        ),
        ({"x": "CN:NC"}, {"x": Conversion(client="CN", model="NC")}),
    ],
)
def test_a_layout_names_the_clients_axes_first(written: object, meant: object) -> None:
    assert values.layouts(written) == meant


@pytest.mark.parametrize("written", ["", ":", "NHWC:", "NHXC", "N..C", "A:B:C", 5, {"x": 5}, "{"])
def test_what_is_no_layout_is_refused(written: object) -> None:
    with pytest.raises(SettingsError):
        values.layouts(written)


def test_a_precision_names_the_clients_first() -> None:
    assert values.precision("uint8:FP32") == Conversion(client="UINT8", model="FP32")


def test_a_color_format_names_the_clients_last() -> None:
    assert values.color_format("rgb:NV12") == Conversion(client="NV12", model="RGB")


@pytest.mark.parametrize("written", ["", "RGB", "RGB:", "RGB:CMYK", "RGB:BGR:RGB", 5, None])
def test_what_is_no_pair_of_colors_is_refused_with_the_choice(written: object) -> None:
    with pytest.raises(SettingsError, match="is not two of RGB, BGR, GRAY, NV12"):
        values.color_format(written)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (0.5, 0.5),
        ("127.5", 127.5),
        ([1, 2.5, 3], (1.0, 2.5, 3.0)),
        ("[1, 2.5,3]", (1.0, 2.5, 3.0)),
        ("(1,2,3)", (1.0, 2.0, 3.0)),
    ],
)
def test_numbers_are_for_all_channels_or_for_each(written: object, meant: object) -> None:
    assert values.per_channel(written) == meant


@pytest.mark.parametrize("written", ["", "[]", [], "x", True, None, "nan", [1, "x"], "[1", {}])
def test_what_is_no_number_is_refused(written: object) -> None:
    with pytest.raises(SettingsError, match="is not a number"):
        values.per_channel(written)
