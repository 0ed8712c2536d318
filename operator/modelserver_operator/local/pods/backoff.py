"""How long a crashed replica waits before it is started again, by the kubelet's rules."""

_FIRST = 10.0
_LONGEST = 300.0

RESET_SECONDS = 600.0
"""A process that ran this long is forgiven its earlier crashes."""


def delay(crashes: int) -> float:
    """Seconds to wait after so many crashes: none after the first, then 10 s doubling to 5 min."""
    return 0.0 if crashes <= 1 else min(_FIRST * 2.0 ** min(crashes - 2, 10), _LONGEST)
