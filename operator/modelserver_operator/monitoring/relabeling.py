"""How histograms keep the bucket labels that dashboards for OpenVINO Model Server select by.

The server writes `le="67466"` and `le="1274823"`. Prometheus 3 stores every bucket's bound as a
floating-point number, `67466.0` and `1.274823e+06`, so that a query for the text finds nothing.
"""

from typing import Any, Final

_LARGEST_EXPONENT: Final = 9
"""The bounds are 10 * 1.8**i for i up to 32; from a million on they get an exponent."""


def _back_to_integers(missing: int) -> dict[str, Any]:
    """A rule for bounds whose mantissa lacks so many of the number's last digits, all zeros."""
    exponents = range(6, _LARGEST_EXPONENT + 1)
    mantissas = [f"([0-9]{{{exponent - missing}}})e[+]0{exponent}" for exponent in exponents]
    plain = [] if missing else ["0"]
    groups = "".join(f"${{{number}}}" for number in range(1, len(mantissas) + 2))
    return {
        "sourceLabels": ["le"],
        "regex": rf"([0-9]+)[.](?:{'|'.join([*plain, *mantissas])})",
        "targetLabel": "le",
        "replacement": groups + "0" * missing,
    }


INTEGER_BUCKETS: Final = [_back_to_integers(missing) for missing in (0, 1)]
"""A ServiceMonitor's metricRelabelings. Series without such a label pass unchanged."""
