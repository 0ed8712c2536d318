from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kubernetes.utils.quantity import parse_quantity as reference

from modelserver_operator.autoscaling.quantity import milli, parse_quantity


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (1, "1"),
        (0.7, "0.7"),
        ("0.7", "0.7"),
        (".5", "0.5"),
        ("1.", "1"),
        ("+1", "1"),
        ("-250m", "-0.25"),
        ("100u", "0.0001"),
        ("3n", "0.000000003"),
        ("1k", "1000"),
        ("2Gi", "2147483648"),
        ("1.5Ki", "1536"),
        ("1E", "1000000000000000000"),
        ("1E3", "1000"),
        ("25e-1", "2.5"),
    ],
)
def test_every_notation_of_a_quantity_is_read(text: object, value: str) -> None:
    assert parse_quantity(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "one", "1 ", "1K", "1mi", "--1", "1e", "nan", None, True])
def test_anything_else_is_no_quantity(text: object) -> None:
    with pytest.raises(ValueError, match="a quantity such as"):
        parse_quantity(text)


@given(
    st.decimals(-1000, 1000, places=3), st.sampled_from(["", "n", "u", "m", "k", "M", "Ki", "Ti"])
)
def test_it_agrees_with_the_client_library(number: Decimal, suffix: str) -> None:
    assert parse_quantity(f"{number}{suffix}") == reference(f"{number}{suffix}")


@pytest.mark.parametrize(("value", "thousandths"), [("0.7", 700), ("1", 1000), ("0.0001", 1)])
def test_thousandths_are_rounded_up(value: str, thousandths: int) -> None:
    assert milli(Decimal(value)) == thousandths
