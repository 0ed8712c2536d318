"""How long to wait before something that failed is tried again."""

from collections.abc import Callable

FIRST_SECONDS = 1.0
LONGEST_SECONDS = 300.0

_DOUBLINGS = 16


def backoff(
    failures: int,
    random: Callable[[], float],
    first: float = FIRST_SECONDS,
    longest: float = LONGEST_SECONDS,
) -> float:
    """Seconds after the given number of failures in a row, from 1: doubled each time, to a limit.

    Between half and all of it, by chance, so that what failed together is not retried together.

    Args:
        failures: at least 1.
        random: a number from 0 to below 1.
        first: the wait after one failure.
        longest: the limit.
    """
    whole = min(longest, first * 2.0 ** min(failures - 1, _DOUBLINGS))
    return whole * (0.5 + random() / 2)
