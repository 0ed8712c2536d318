"""Jobs on the event loop that leave room for its sockets."""

from __future__ import annotations

import asyncio
from time import perf_counter

from modelserver_runtime.engine.turns import PASS_SECONDS, Turns


def busy(seconds: float) -> None:
    """Work, as an inference does."""
    end = perf_counter() + seconds
    while perf_counter() < end:
        pass


async def test_jobs_run_in_the_order_in_which_they_came() -> None:
    turns = Turns(asyncio.get_running_loop())
    done: list[int] = []
    for number in range(100):
        turns.add(lambda number=number: done.append(number))  # type: ignore[misc]
    while len(done) < 100:
        await asyncio.sleep(0)
    assert done == list(range(100))


async def test_the_loop_gets_its_turn_between_jobs_that_take_long() -> None:
    turns = Turns(asyncio.get_running_loop())
    done: list[None] = []
    for _ in range(5):
        turns.add(lambda: (busy(PASS_SECONDS), done.append(None)))  # type: ignore[func-returns-value]
    passes = 0
    while len(done) < 5:
        await asyncio.sleep(0)
        passes += 1
    assert passes >= 5


async def test_a_job_may_add_another() -> None:
    turns = Turns(asyncio.get_running_loop())
    ended = asyncio.Event()
    turns.add(lambda: turns.add(ended.set))
    await asyncio.wait_for(ended.wait(), 1)
