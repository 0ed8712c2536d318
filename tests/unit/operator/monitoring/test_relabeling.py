"""Bucket bounds as Prometheus 3 stores them, and as the ServiceMonitor has it keep them."""

import re

import pytest

from modelserver_operator.monitoring.relabeling import INTEGER_BUCKETS


def relabeled(bound: str) -> str:
    """As Prometheus relabels: a pattern matches the whole value, a group without a match is ""."""
    for rule in INTEGER_BUCKETS:
        if found := re.fullmatch(rule["regex"], bound):
            # Python's template for the same, which takes a group without a match for "" as well
            bound = found.expand(re.sub(r"\$\{(\d)\}", r"\\g<\1>", rule["replacement"]))
    return bound


@pytest.mark.parametrize(
    ("stored", "kept"),
    [
        ("10.0", "10"),
        ("67466.0", "67466"),
        ("708235.0", "708235"),
        ("1.274823e+06", "1274823"),
        ("1.3382588e+07", "13382588"),
        ("1.4048506e+08", "140485060"),
        ("1.474755971e+09", "1474755971"),
        ("67466", "67466"),
        ("+Inf", "+Inf"),
        ("0.5", "0.5"),
        ("", ""),
    ],
)
def test_integers_stay_integers_and_all_else_as_it_is(stored: str, kept: str) -> None:
    assert relabeled(stored) == kept
