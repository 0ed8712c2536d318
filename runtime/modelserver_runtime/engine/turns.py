"""Short jobs on the event loop, a few a pass.

A cheap inference runs fastest in the loop's own thread. Run without a break, a queue of them would
starve the sockets, and requests would wait unread in the kernel, where no metric sees them. So the
loop looks at its sockets several times a millisecond: what has arrived is received and counted
before more of the queue is served. Not after each job, though: answers that leave together wake
their client once.
"""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections import deque
from collections.abc import Callable
from time import perf_counter
from typing import Final

PASS_SECONDS: Final = 250e-6  # after which the loop gets its turn


class Turns:
    """A queue of jobs that the event loop takes a few at a time."""

    __slots__ = ("_jobs", "_loop")

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._jobs: deque[Callable[[], None]] = deque()

    def add(self, job: Callable[[], None]) -> None:
        """Run ``job`` when its turn comes. It must not raise."""
        self._jobs.append(job)
        if len(self._jobs) == 1:
            self._loop.call_soon(self._take)

    def _take(self) -> None:
        deadline = perf_counter() + PASS_SECONDS
        while self._jobs:
            # A job stays in the queue while it runs, so that add() never schedules a second pass.
            self._jobs[0]()
            self._jobs.popleft()
            if perf_counter() > deadline:
                break
        if self._jobs:
            self._loop.call_soon(self._take)
