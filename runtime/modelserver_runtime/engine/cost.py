"""Which inferences are cheap enough to run on the event loop.

A hand-over to OpenVINO's threads and back costs about 90 microseconds of processor time, an inline
call a tenth of it, but blocks the loop while it lasts. What a model costs is learnt from what it
has cost: with dynamic shapes it may change from one request to the next.
"""

from __future__ import annotations

from typing import Final

INLINE_BELOW: Final = 250e-6  # seconds
THREADS_ABOVE: Final = 500e-6  # seconds; apart from the other bound, so that the choice is stable
_STEP: Final = 1.25  # by which an observation above or below moves what counts as typical


class CostGate:
    """Says where the next inference runs.

    Args:
        is_open: whether inline calls are allowed at all. On a BATCH: device they are not: there a
            lone inline call waits out the batch timeout every time.
        first: the cost of one inference in seconds, where it is known beforehand.
    """

    __slots__ = ("_is_open", "_typical", "inline")

    def __init__(self, *, is_open: bool, first: float | None) -> None:
        self._is_open = is_open
        self._typical = first
        self.inline = is_open and first is not None and first < INLINE_BELOW

    def observe(self, seconds: float) -> None:
        """Learn from an inference that took this long on the device."""
        if self._typical is None:
            self._typical = seconds
        # This follows the median, which a thread that was preempted for a while does not move.
        self._typical *= _STEP if seconds > self._typical else 1 / _STEP
        bound = THREADS_ABOVE if self.inline else INLINE_BELOW
        self.inline = self._is_open and self._typical < bound
