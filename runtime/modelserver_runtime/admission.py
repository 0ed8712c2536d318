"""How long a request may take, and how many may wait.

Time limits come from where clients and proxies already put them: the ``timeout`` parameter of
Triton's schedule policy extension, in microseconds, and the header that Envoy sends upstream. gRPC
needs none of this: it cancels a call whose deadline has passed by itself.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Mapping
from typing import Final, TypeVar

from modelserver_runtime.errors import DeadlinePassed, InvalidRequest

T = TypeVar("T")

TIMEOUT_HEADER: Final = "x-envoy-expected-rq-timeout-ms"
TIMEOUT_PARAMETER: Final = "timeout"
_WHOLE_NUMBER: Final = re.compile("[0-9]{1,19}")


def header_timeout(milliseconds: str) -> float | None:
    """The seconds in a header, or None where it sets no limit, as 0 does not.

    Raises:
        InvalidRequest: it is not a number of milliseconds.
    """
    if not _WHOLE_NUMBER.fullmatch(milliseconds):
        raise InvalidRequest(
            f"Invalid {TIMEOUT_HEADER} - Expected: a whole number of milliseconds; "
            f"Actual: {milliseconds}"
        )
    return int(milliseconds) / 1e3 or None


def parameter_timeout(parameters: Mapping[str, object]) -> float | None:
    """The seconds in a request's parameters, or None where they set no limit, as 0 does not.

    Raises:
        InvalidRequest: it is not a number of microseconds.
    """
    microseconds = parameters.get(TIMEOUT_PARAMETER)
    if microseconds is None:
        return None
    if type(microseconds) is not int or microseconds < 0:
        raise InvalidRequest(
            f"Invalid parameters.{TIMEOUT_PARAMETER} - Expected: a whole number of microseconds; "
            f"Actual: {microseconds}"
        )
    return microseconds / 1e6 or None


def tighter(left: float | None, right: float | None) -> float | None:
    """The shorter of two times, where None is no limit."""
    if left is None or right is None:
        return right if left is None else left
    return min(left, right)


async def within(seconds: float, work: Awaitable[T]) -> T:
    """The result of ``work``, which is cancelled when its time is up.

    Raises:
        DeadlinePassed: it is.
    """
    try:
        async with asyncio.timeout(seconds):
            return await work
    except TimeoutError:
        raise DeadlinePassed(seconds) from None
