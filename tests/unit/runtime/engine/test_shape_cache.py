"""Executors by shape, with real inferences; only their making is the test's."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

import numpy as np
import pytest

from modelserver_runtime.engine.cost import CostGate
from modelserver_runtime.engine.executor import Executor, Timing
from modelserver_runtime.engine.open_shapes import Sizes
from modelserver_runtime.engine.shape_cache import SHAPES_AT_MOST, ShapeCache
from modelserver_runtime.engine.slot import Slot
from modelserver_runtime.engine.turns import Turns
from modelserver_runtime.errors import InvalidRequest
from modelserver_runtime.tensors import Array

Slots = Callable[[int], list[Slot]]


@dataclass
class Workshop:
    """Makes executors when the test allows it, and counts them by the number of rows."""

    slots: Slots
    allowed: asyncio.Event = field(default_factory=asyncio.Event)
    made: Counter[int] = field(default_factory=Counter)
    refused: frozenset[int] = frozenset()

    async def make(self, sizes: Sizes) -> Executor:
        rows = sizes[0][0]
        self.made[rows] += 1
        await self.allowed.wait()
        if rows in self.refused:
            raise InvalidRequest("no such shape")
        return self.executor()

    def executor(self) -> Executor:
        loop = asyncio.get_running_loop()
        return Executor(self.slots(1), CostGate(is_open=False, first=None), Turns(loop), loop)


@pytest.fixture
async def workshop(slots: Slots) -> Workshop:
    return Workshop(slots)


def cache_of(workshop: Workshop, *ready: int) -> ShapeCache:
    executors = {((rows, 3),): workshop.executor() for rows in ready}
    return ShapeCache([0], workshop.make, executors, asyncio.get_running_loop())


def ask(cache: ShapeCache, rows: int) -> asyncio.Future[tuple[int, ...]]:
    return cache.submit([np.zeros((rows, 3), np.float32)], shape_of)


def shape_of(outputs: list[Array], _timing: Timing) -> tuple[int, ...]:
    return outputs[0].shape


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_shape_is_compiled_once_for_all_its_requests(workshop: Workshop) -> None:
    cache = cache_of(workshop)
    workshop.allowed.set()
    answers = [ask(cache, 2) for _ in range(5)]
    assert await asyncio.gather(*answers, ask(cache, 2)) == [(2, 3)] * 6
    assert workshop.made == {2: 1}


async def test_known_shapes_go_on_while_a_new_one_is_compiled(workshop: Workshop) -> None:
    cache = cache_of(workshop, 1)
    new = ask(cache, 2)
    assert await asyncio.wait_for(ask(cache, 1), 5) == (1, 3)
    assert not new.done()
    workshop.allowed.set()
    assert await new == (2, 3)


async def test_one_shape_is_compiled_at_a_time(workshop: Workshop) -> None:
    cache = cache_of(workshop)
    answers = [ask(cache, rows) for rows in (1, 2, 3)]
    await settled()
    assert workshop.made == {1: 1}
    workshop.allowed.set()
    assert await asyncio.gather(*answers) == [(1, 3), (2, 3), (3, 3)]


async def test_the_shape_used_least_recently_makes_way(workshop: Workshop) -> None:
    cache = cache_of(workshop, *range(1, SHAPES_AT_MOST + 1))
    workshop.allowed.set()
    await ask(cache, 1)
    await ask(cache, 99)
    for rows in (1, 3, 99):
        await ask(cache, rows)
    assert workshop.made == {99: 1}
    await ask(cache, 2)
    assert workshop.made == {99: 1, 2: 1}


class Busy:
    """In place of an executor: at work until it is told otherwise."""

    def __init__(self) -> None:
        self.done = asyncio.Event()

    async def drain(self) -> None:
        await self.done.wait()


async def test_a_drain_waits_for_a_shape_that_made_way_at_work(workshop: Workshop) -> None:
    cache = cache_of(workshop, *range(2, SHAPES_AT_MOST + 1))
    busy = Busy()
    cache._executors[((1, 3),)] = cast("Executor", busy)
    cache._executors.move_to_end(((1, 3),), last=False)
    workshop.allowed.set()
    await ask(cache, 99)

    drain = asyncio.ensure_future(cache.drain())
    await asyncio.wait([drain], timeout=0.02)
    assert not drain.done()
    busy.done.set()
    await asyncio.wait_for(drain, 5)


async def test_a_shape_that_cannot_be_had_fails_its_requests_alone(workshop: Workshop) -> None:
    workshop.refused = frozenset({7})
    cache = cache_of(workshop)
    workshop.allowed.set()
    wrong, right = ask(cache, 7), ask(cache, 2)
    with pytest.raises(InvalidRequest, match="no such shape"):
        await wrong
    assert await right == (2, 3)


async def test_a_compilation_goes_on_without_the_request_that_asked_for_it(
    workshop: Workshop,
) -> None:
    cache = cache_of(workshop)
    gone = ask(cache, 2)
    await settled()
    gone.cancel()
    late = ask(cache, 2)
    await settled()
    workshop.allowed.set()
    assert await late == (2, 3)
    assert workshop.made == {2: 1}


async def test_a_request_cancelled_before_its_turn_is_not_compiled_for(
    workshop: Workshop,
) -> None:
    cache = cache_of(workshop)
    first, second = ask(cache, 1), ask(cache, 2)
    await settled()
    second.cancel()
    workshop.allowed.set()
    await first
    await cache.drain()
    assert workshop.made == {1: 1}


async def test_a_drain_waits_for_what_is_compiled_and_for_its_requests(workshop: Workshop) -> None:
    cache = cache_of(workshop)
    answer = ask(cache, 2)
    drain = asyncio.ensure_future(cache.drain())
    await settled()
    assert not drain.done()
    workshop.allowed.set()
    await asyncio.wait_for(drain, 5)
    assert answer.result() == (2, 3)
    assert cache.active == 0
