"""Inferences that OpenVINO gathers to batches, asked for through the server's own queue."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from time import perf_counter

import numpy as np
import pytest

from modelserver_runtime.engine.compiler import Compiled
from modelserver_runtime.engine.core import create_core
from modelserver_runtime.engine.cost import CostGate
from modelserver_runtime.engine.executor import Executor
from modelserver_runtime.engine.release import wind_down
from modelserver_runtime.engine.turns import Turns
from modelserver_runtime.engine.warm_up import warm_up

# isort: split
import openvino as ov

Compile = Callable[..., Compiled]

BATCH = 16
TIMEOUT = 0.5  # seconds
LONG = 4.0  # seconds; a timeout that a busy machine can't be mistaken for
AT_ONCE = LONG / 2


@pytest.fixture
def compile_batches(compile_model: Compile, row_model: ov.Model) -> Iterator[Compile]:
    """Compiles a model with room for two batches and a batch timeout in seconds."""
    models: list[Compiled] = []

    def compile_it(timeout: float) -> Compiled:
        compiled = compile_model(
            row_model,
            target_device=f"BATCH:CPU({BATCH})",
            plugin_config={
                "AUTO_BATCH_TIMEOUT": int(timeout * 1000),
                "INFERENCE_PRECISION_HINT": "f32",
            },
            nireq=2 * BATCH,
        )
        models.append(compiled)
        return compiled

    yield compile_it
    for model in models:  # a full batch ends the waits, which a model's release has to await
        model.wind_down()
        warm_up(model.slots, model.inputs)


def executor_of(compiled: Compiled) -> Executor:
    loop = asyncio.get_running_loop()
    gate = CostGate(is_open=compiled.may_run_inline, first=compiled.seconds)
    return Executor(compiled.slots, gate, Turns(loop), loop, compiled.batch)


async def infer(executor: Executor, count: int) -> float:
    """So many inferences at once; how long all of them took."""
    started = perf_counter()
    answers = await asyncio.gather(
        *(
            executor.submit([np.full((1, 8), value, np.float32)], lambda out, _: out[0].item(0))
            for value in range(count)
        )
    )
    assert answers == [8.0 * value for value in range(count)]
    return perf_counter() - started


async def quickest(attempt: Callable[[], Awaitable[float]]) -> float:
    """Of three attempts: OpenVINO overlooks a full batch now and then, until its timeout."""
    return min([await attempt() for _ in range(3)])


async def test_a_full_batch_runs_at_once(compile_batches: Compile) -> None:
    executor = executor_of(compile_batches(LONG))

    assert await quickest(lambda: infer(executor, BATCH)) < AT_ONCE


async def test_what_does_not_fill_a_batch_waits_for_the_timeout(compile_batches: Compile) -> None:
    executor = executor_of(compile_batches(TIMEOUT))
    started = perf_counter()
    await infer(executor, 1)  # OpenVINO's clock, which ticks on by itself, has just ticked

    await infer(executor, 13)

    assert perf_counter() - started >= TIMEOUT


async def test_full_batches_follow_each_other(compile_batches: Compile) -> None:
    # Taken in any other order, the places would wait for a timeout in each of ten rounds.
    assert await infer(executor_of(compile_batches(LONG)), 20 * BATCH) < 2 * LONG


async def test_requests_that_come_one_by_one_share_a_batch(compile_batches: Compile) -> None:
    executor = executor_of(compile_batches(LONG))

    async def one_by_one() -> float:
        started = perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for _ in range(BATCH):
                tasks.create_task(infer(executor, 1))
                await asyncio.sleep(0.001)
        return perf_counter() - started

    assert await quickest(one_by_one) < AT_ONCE


async def test_after_a_timeout_full_batches_run_at_once_again(compile_batches: Compile) -> None:
    compiled = compile_batches(TIMEOUT)
    executor = executor_of(compiled)
    await infer(executor, 13)
    await asyncio.sleep(0.1)

    # Were the places that timed out not whole groups again, each round would wait for a timeout.
    assert await infer(executor, 20 * BATCH) < 5 * TIMEOUT


def test_infer_requests_come_in_whole_groups(compile_model: Compile, row_model: ov.Model) -> None:
    compiled = compile_model(row_model, target_device="BATCH:CPU(4)", nireq=6)

    assert len(compiled.slots) == 8
    assert compiled.remarks == ("nireq 6 does not fill batches of 4, 8 is used",)


def test_a_model_of_batches_is_released_without_a_wait(row_model: ov.Model) -> None:
    config = {"AUTO_BATCH_TIMEOUT": int(LONG * 1000)}
    compiled = create_core().compile_model(row_model, "BATCH:CPU(4)", config)
    request = compiled.create_infer_request()

    time.sleep(wind_down(compiled))

    started = perf_counter()
    del request, compiled
    assert perf_counter() - started < AT_ONCE
