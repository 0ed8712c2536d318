"""Telling from a watch that it has begun anew.

A watch that was broken off lists all that there is and goes on from there. What was deleted in
between is not shown as deleted, so that whoever remembers objects has to start afresh.
"""

import time
from collections.abc import Callable

from modelserver_operator.cluster import Kind

_LISTING_SECONDS = 30.0
"""The objects of one listing are shown within this time."""


class Relisting:
    """Notices the first object of another listing."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last = dict[Kind, float]()

    def begins(self, kind: Kind, *, known: bool) -> bool:
        """Whether an object that is listed, and is `known` or not, is the first of a listing."""
        now = self._clock()
        last = self._last.get(kind)
        self._last[kind] = now
        return known and (last is None or now - last > _LISTING_SECONDS)
