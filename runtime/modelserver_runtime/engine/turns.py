"""Short jobs on the event loop, one a pass.

A cheap inference runs fastest in the loop's own thread. Run one after the other they would starve
the sockets, and requests would wait unread in the kernel, where no metric sees them. So the loop
looks at its sockets between any two jobs: what has arrived is received and counted first.
"""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections import deque
from collections.abc import Callable


class Turns:
    """A queue of jobs that the event loop takes one at a time."""

    __slots__ = ("_jobs", "_loop")

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._jobs: deque[Callable[[], None]] = deque()

    def add(self, job: Callable[[], None]) -> None:
        """Run ``job`` when its turn comes. It must not raise."""
        self._jobs.append(job)
        if len(self._jobs) == 1:
            self._loop.call_soon(self._take_one)

    def _take_one(self) -> None:
        # The job stays in the queue while it runs, so that add() never schedules a second pass.
        self._jobs[0]()
        self._jobs.popleft()
        if self._jobs:
            self._loop.call_soon(self._take_one)
