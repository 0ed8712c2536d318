"""The workers: bounded, never two for a key, and an end that waits for what is at hand."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

from modelserver_operator.controller.keys import Key
from modelserver_operator.controller.schedule import Again, Schedule, Verdict
from modelserver_operator.controller.workqueue import WorkQueue

KEYS = [Key("default", str(number)) for number in range(10)]


class Figures:
    def __init__(self) -> None:
        self.verdicts: list[Verdict] = []

    def taken(self, waited_seconds: float) -> None:
        assert waited_seconds >= 0

    def ended(self, verdict: Verdict) -> None:
        self.verdicts.append(verdict)


def queue(work: Callable[[Key], Awaitable[Verdict]], workers: int = 3) -> WorkQueue:
    return WorkQueue(work, Schedule(lambda _: 0.0, 0.0), Figures(), workers)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0)


async def test_all_keys_are_worked_by_no_more_workers_than_allowed() -> None:
    at_once, most, done = 0, 0, Counter[Key]()

    async def work(key: Key) -> Verdict:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0)
        at_once -= 1
        done[key] += 1
        return Again(600)

    line = queue(work)
    for key in KEYS:
        line.add(key)
    line.start()
    await until(lambda: done.total() == len(KEYS))
    assert await line.drain(1)
    assert most == 3
    assert done == Counter(KEYS)


async def test_nothing_is_worked_before_the_start() -> None:
    done = []

    async def work(key: Key) -> Verdict:
        done.append(key)
        return Again(600)

    line = queue(work)
    line.add(KEYS[0])
    await asyncio.sleep(0)
    assert (done, line.depth()) == ([], 1)
    line.start()
    await until(lambda: done == [KEYS[0]])
    await line.drain(1)


async def test_a_key_that_becomes_due_wakes_a_worker() -> None:
    times = 0

    async def work(_key: Key) -> Verdict:
        nonlocal times
        times += 1
        return Again(0.01)

    line = queue(work)
    line.start()
    line.add(KEYS[0])
    await until(lambda: times > 2)
    await line.drain(1)


async def test_the_end_waits_for_passes_at_hand_and_begins_no_more() -> None:
    begun, go_on = [], asyncio.Event()

    async def work(key: Key) -> Verdict:
        begun.append(key)
        await go_on.wait()
        return Again(600)

    line = queue(work, workers=1)
    line.start()
    line.add(KEYS[0])
    line.add(KEYS[1])
    await until(lambda: len(begun) == 1)
    end = asyncio.create_task(line.drain(10))
    await asyncio.sleep(0)
    assert not end.done()
    go_on.set()
    assert await end
    assert begun == [KEYS[0]]


async def test_passes_that_outlast_the_deadline_are_broken_off() -> None:
    broken_off = asyncio.Event()

    async def work(_key: Key) -> Verdict:
        try:
            await asyncio.Event().wait()
        finally:
            broken_off.set()
        return Again(600)

    line = queue(work)
    line.start()
    line.add(KEYS[0])
    await until(lambda: line.depth() == 0)
    assert not await line.drain(0)
    assert broken_off.is_set()
