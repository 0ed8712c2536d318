"""Durations as the ModelServer's fields write them: `15s`, `1m30s`, `1h`."""

import re

_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0}


def seconds(duration: str) -> float:
    """The length of a duration that was checked already."""
    return sum(int(number) * _SECONDS[unit] for number, unit in re.findall(r"(\d+)(\w)", duration))
