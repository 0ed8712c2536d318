"""What becomes of requests that wait, and of those that don't want to any more."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pytest

from modelserver_runtime.dataplane import Call
from modelserver_runtime.engine.health import FAILURES
from modelserver_runtime.errors import (
    DeadlinePassed,
    DeviceFailing,
    InferenceFailed,
    QueueFull,
)
from modelserver_runtime.metrics import Interface

if TYPE_CHECKING:
    from conftest import House


async def test_a_request_over_the_bound_is_refused_and_counted(house: House) -> None:
    asked = await house.fill()
    with pytest.raises(QueueFull, match="Too many requests - 3 are in progress"):
        await house.ask(9)
    assert house.failed() == 1
    await house.work_off()
    assert [task.result() for task in asked] == [0, 1, 2]
    assert house.device.begun == [0, 1, 2]


async def test_without_a_bound_any_number_may_wait(build_house: Callable[..., House]) -> None:
    house = build_house(max_queue_size=0)
    asked = [house.ask() for _ in range(2000)]
    await house.until_in_progress(2000)
    for task in asked:
        task.cancel()


async def test_a_client_that_goes_frees_its_place_and_is_never_served(house: House) -> None:
    _, second, _ = await house.fill()
    second.cancel()
    await asyncio.wait([second])
    late = house.ask(9)
    await house.work_off()
    assert late.result() == 9
    assert house.device.begun == [0, 2, 9]


async def test_a_client_that_goes_leaves_nothing_behind_while_others_wait(house: House) -> None:
    running = house.ask(0)
    array = np.zeros(1, np.float32)
    kept = weakref.ref(array)
    gone = house.ask(array)
    await house.until_in_progress(2)
    del array
    gone.cancel()
    await asyncio.wait([gone])
    del gone
    gc.collect()
    assert kept() is None
    assert not running.done()


@pytest.mark.parametrize("limit", [{"seconds": 0.02}, {"timeout": 20_000}])
async def test_a_request_whose_time_is_up_is_answered_without_being_run(
    house: House, limit: dict[str, float]
) -> None:
    house.ask(0)
    waiting = house.ask(1, **limit)
    with pytest.raises(DeadlinePassed, match=r"an answer within 0.02 seconds"):
        await waiting
    assert (house.in_progress, house.failed()) == (1, 1)
    await house.work_off()
    assert house.device.begun == [0]


async def test_a_request_within_its_time_is_served(house: House) -> None:
    asked = house.ask(1, seconds=5)
    await house.until_in_progress(1)
    await house.work_off()
    assert asked.result() == 1


async def test_a_device_that_fails_makes_the_server_not_ready_until_it_works(
    house: House,
) -> None:
    house.device.is_lost = True
    for _ in range(FAILURES):
        with pytest.raises(InferenceFailed):
            await house.ask()
    await until(lambda: house.dataplane.problem)
    assert house.dataplane.problem == (
        "model m version 1 fails: Internal inference error: the device is lost"
    )
    with pytest.raises(DeviceFailing, match="the device is lost"):
        house.dataplane.model_ready(Call("m", None, Interface.REST))

    house.device.is_lost = False
    await until(lambda: house.device.finish() or not house.dataplane.problem)
    house.dataplane.model_ready(Call("m", None, Interface.REST))


async def test_failures_count_only_in_a_row(house: House) -> None:
    for is_lost in (True, True, False, True, True):
        house.device.is_lost = is_lost
        asked = house.ask()
        await until(lambda asked=asked: house.device.finish() or asked.done())
        assert (asked.exception() is not None) is is_lost
    await asyncio.sleep(0.01)
    assert house.dataplane.problem is None


async def test_a_request_that_fails_again_and_again_leaves_the_server_ready(house: House) -> None:
    for _ in range(FAILURES):
        house.device.is_lost = True
        with pytest.raises(InferenceFailed):
            await house.ask()
        house.device.is_lost = False
    await until(lambda: house.device.begun)
    house.device.finish()
    await asyncio.sleep(0.01)
    assert house.dataplane.problem is None


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.001)
