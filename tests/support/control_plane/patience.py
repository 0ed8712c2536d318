"""Waiting for what a control plane does in its own time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(ask: Callable[[], T], seconds: float = 30) -> T:
    """The first answer that is true (or not empty); assertions that fail meanwhile are patient too.

    Raises:
        AssertionError: There was none in time; the last failure, or the last answer.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            answer = ask()
            if answer or time.monotonic() > deadline:
                assert answer, f"after {seconds} s still {answer!r}"
                return answer
        except AssertionError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.1)
