"""Kubernetes quantities such as `1`, `"0.7"`, `500m` or `2Gi`, read as exact numbers.

The client library has such a reader, but importing it costs half a second and it goes through
binary floats, where 0.7 is a little less than seven tenths.
"""

import re
from decimal import ROUND_CEILING, Decimal

_QUANTITY = re.compile(
    r"(?P<number>[+-]?(?:\d+\.?\d*|\.\d+))"
    r"(?:(?P<suffix>[numkMGTPE]|[KMGTPE]i)|[eE](?P<exponent>[+-]?\d+))?"
)
_DECIMAL = {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY: dict[str, int] = {
    f"{prefix}i": 1024**power for power, prefix in enumerate("KMGTPE", start=1)
}


def parse_quantity(text: object) -> Decimal:
    """The value of a quantity as it stands in a manifest, quoted or not.

    Raises:
        ValueError: it is none.
    """
    match = None if isinstance(text, bool) else _QUANTITY.fullmatch(str(text))
    if match is None:
        raise ValueError('a quantity such as 1, "0.7" or 500m')
    number, suffix = Decimal(match["number"]), match["suffix"]
    if suffix in _BINARY:
        return number * _BINARY[suffix]
    return number.scaleb(_DECIMAL[suffix] if suffix else int(match["exponent"] or 0))


def milli(quantity: Decimal) -> int:
    """The quantity in thousandths, rounded up as Kubernetes rounds."""
    return int((quantity * 1000).to_integral_value(ROUND_CEILING))
