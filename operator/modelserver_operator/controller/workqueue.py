"""The work queue: a few workers that take keys from the schedule and run a pass over each."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from modelserver_operator.controller.keys import Key
from modelserver_operator.controller.schedule import Place, Schedule, Verdict

Work = Callable[[Key], Awaitable[Verdict]]
"""One pass over a key. It reports mistakes as a verdict and raises nothing."""


class Observer(Protocol):
    """Who wants to know how the queue is doing."""

    def taken(self, waited_seconds: float) -> None:
        """A key that was due so long ago is being worked now."""

    def ended(self, verdict: Verdict) -> None:
        """A pass has ended."""


class WorkQueue:
    """Keys in, passes out. All methods are for the event loop's own thread."""

    def __init__(self, work: Work, schedule: Schedule, observer: Observer, workers: int) -> None:
        self._work = work
        self._schedule = schedule
        self._observer = observer
        self._count = workers
        self._workers: list[asyncio.Task[None]] = []
        self._news = asyncio.Event()
        self._open = True

    def add(self, key: Key, *, urgent: bool = False) -> None:
        """Wish for a pass over a key; `urgent` where a user waits for it."""
        self._schedule.add(key, _now(), urgent=urgent)
        self._news.set()

    def depth(self) -> int:
        """How many keys are due and not yet worked."""
        return self._schedule.depth(_now())

    def start(self) -> None:
        """Begin to work the keys; until then they gather."""
        self._workers = [
            asyncio.create_task(self._worker(), name=f"worker {number}")
            for number in range(self._count)
        ]

    async def drain(self, seconds: float) -> bool:
        """Begin no more passes, and let those at hand end.

        Returns:
            False where some had not ended after so many seconds and were broken off.
        """
        self._open = False
        self._news.set()
        if not self._workers:
            return True
        _, late = await asyncio.wait(self._workers, timeout=seconds)
        for worker in late:
            worker.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        return not late

    async def _worker(self) -> None:
        while self._open:
            place = self._schedule.take(_now())
            if place is None:
                await self._wait()
            else:
                await self._pass(place)

    async def _pass(self, place: Place) -> None:
        self._observer.taken(_now() - place.due)
        verdict = await self._work(place.key)
        self._schedule.done(place.key, _now(), verdict)
        self._observer.ended(verdict)
        self._news.set()

    async def _wait(self) -> None:
        """Until a key is added or becomes due."""
        self._news.clear()
        due = self._schedule.next_due()
        try:
            async with asyncio.timeout_at(due):
                await self._news.wait()
        except TimeoutError:
            pass


def _now() -> float:
    return asyncio.get_running_loop().time()
