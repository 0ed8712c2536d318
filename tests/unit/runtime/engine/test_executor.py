"""The queue in front of a compiled model, with real inferences."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import numpy as np
import pytest

from modelserver_runtime.engine.cost import CostGate
from modelserver_runtime.engine.executor import Executor, Timing
from modelserver_runtime.engine.slot import Slot
from modelserver_runtime.engine.turns import Turns
from modelserver_runtime.errors import InferenceFailed
from modelserver_runtime.tensors import Array

INLINE = CostGate(is_open=True, first=0.0)
THREADS = CostGate(is_open=False, first=None)

Slots = Callable[[int], list[Slot]]


@pytest.fixture(params=[INLINE, THREADS], ids=["inline", "threads"])
def gate(request: pytest.FixtureRequest) -> CostGate:
    return request.param  # type: ignore[no-any-return]


def executor_of(slots: list[Slot], gate: CostGate) -> Executor:
    loop = asyncio.get_running_loop()
    return Executor(slots, gate, Turns(loop), loop)


def row(value: float) -> list[Array]:
    return [np.full((1, 3), value, np.float32)]


def first_element(outputs: list[Array], _timing: Timing) -> float:
    return float(outputs[0][0, 0])


async def test_every_request_gets_its_own_answer(slots: Slots, gate: CostGate) -> None:
    executor = executor_of(slots(2), gate)
    futures = [executor.submit(row(value), first_element) for value in range(100)]
    assert await asyncio.gather(*futures) == [value + 1 for value in range(100)]


async def test_waiting_and_running_are_timed(slots: Slots, gate: CostGate) -> None:
    executor = executor_of(slots(1), gate)
    timings = await asyncio.gather(
        *(executor.submit(row(1), lambda _, timing: timing) for _ in range(10))
    )
    assert timings[-1].waited >= timings[0].waited >= 0
    assert all(timing.inferred > 0 for timing in timings)


async def test_a_wait_for_a_stream_of_the_device_is_no_inference(slots: Slots) -> None:
    loop = asyncio.get_running_loop()
    executor = Executor(slots(3), THREADS, Turns(loop), loop, streams=1)
    first, second, third = await asyncio.gather(
        *(executor.submit(row(1), lambda _, timing: timing) for _ in range(3))
    )
    assert began(second) == pytest.approx(ended(first), rel=0, abs=1e-9)
    assert began(third) == pytest.approx(ended(second), rel=0, abs=1e-9)


def began(timing: Timing) -> float:
    return timing.queued + timing.waited


def ended(timing: Timing) -> float:
    return began(timing) + timing.inferred


async def test_no_more_run_at_once_than_there_are_slots(slots: Slots) -> None:
    executor = executor_of(slots(2), THREADS)
    futures = [executor.submit(row(1), first_element) for _ in range(10)]
    assert executor.active == 2
    await asyncio.gather(*futures)
    assert executor.active == 0


async def test_a_request_cancelled_while_it_waits_is_never_run(
    slots: Slots, gate: CostGate
) -> None:
    executor = executor_of(slots(1), gate)
    answered: list[float] = []

    def note(outputs: list[Array], timing: Timing) -> None:
        answered.append(first_element(outputs, timing))

    futures = [executor.submit(row(value), note) for value in range(3)]
    futures[1].cancel()
    await asyncio.gather(*futures, return_exceptions=True)
    assert answered == [1, 3]


async def test_a_failed_inference_fails_its_request_alone(slots: Slots, gate: CostGate) -> None:
    executor = executor_of(slots(1), gate)
    wrong = executor.submit([np.zeros((1, 4), np.float32)], first_element)
    right = executor.submit(row(1), first_element)
    with pytest.raises(InferenceFailed, match="Internal inference error: "):
        await wrong
    assert await right == 2


async def test_an_answer_that_cannot_be_encoded_fails_its_request_alone(
    slots: Slots, gate: CostGate
) -> None:
    executor = executor_of(slots(1), gate)

    def refuse(_outputs: list[Array], _timing: Timing) -> None:
        raise ValueError("no such form")

    with pytest.raises(ValueError, match="no such form"):
        await executor.submit(row(1), refuse)
    assert await executor.submit(row(1), first_element) == 2


async def test_a_drain_waits_for_all_that_was_submitted(slots: Slots, gate: CostGate) -> None:
    executor = executor_of(slots(1), gate)
    futures = [executor.submit(row(1), first_element) for _ in range(5)]
    await executor.drain()
    assert all(future.done() for future in futures)


async def test_an_idle_executor_drains_at_once(slots: Slots, gate: CostGate) -> None:
    await asyncio.wait_for(executor_of(slots(1), gate).drain(), 1)


async def test_work_queued_inline_is_done_when_the_model_moves_to_threads(slots: Slots) -> None:
    gate = CostGate(is_open=True, first=0.0)
    executor = executor_of(slots(1), gate)
    early = [executor.submit(row(value), first_element) for value in range(3)]
    for _ in range(100):
        gate.observe(1.0)
    late = executor.submit(row(9), first_element)
    assert await asyncio.wait_for(asyncio.gather(*early, late), 5) == [1, 2, 3, 10]
