"""Inferences that OpenVINO gathers to batches, asked for through the server's own queue."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from time import perf_counter

import numpy as np
import pytest

from modelserver_runtime.engine.compiler import Compiled
from modelserver_runtime.engine.core import create_core
from modelserver_runtime.engine.cost import CostGate
from modelserver_runtime.engine.executor import Executor
from modelserver_runtime.engine.release import wind_down
from modelserver_runtime.engine.turns import Turns

# isort: split
import openvino as ov

Compile = Callable[..., Compiled]

BATCH = 16
TIMEOUT = 0.5  # seconds
AT_ONCE = 0.2  # seconds, far below the timeout


@pytest.fixture
def compiled(compile_model: Compile, row_model: ov.Model) -> Compiled:
    """Room for two batches."""
    return compile_model(
        row_model,
        target_device=f"BATCH:CPU({BATCH})",
        plugin_config={
            "AUTO_BATCH_TIMEOUT": int(TIMEOUT * 1000),
            "INFERENCE_PRECISION_HINT": "f32",
        },
        nireq=2 * BATCH,
    )


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


async def test_a_full_batch_runs_at_once(compiled: Compiled) -> None:
    assert await infer(executor_of(compiled), BATCH) < AT_ONCE


async def test_what_does_not_fill_a_batch_runs_alone_after_the_timeout(compiled: Compiled) -> None:
    seconds = await infer(executor_of(compiled), 13)

    # OpenVINO's clock ticks on by itself: what comes about a tick may be split in two.
    assert AT_ONCE < seconds < 3 * TIMEOUT


async def test_full_batches_follow_each_other(compiled: Compiled) -> None:
    # A full batch that OpenVINO overlooks, which happens on a busy machine, waits for its timeout.
    assert await infer(executor_of(compiled), 20 * BATCH) < 2 * TIMEOUT


async def test_requests_that_come_one_by_one_share_a_batch(compiled: Compiled) -> None:
    executor = executor_of(compiled)
    await infer(executor, BATCH)
    started = perf_counter()

    async with asyncio.TaskGroup() as tasks:
        for _ in range(BATCH):
            tasks.create_task(infer(executor, 1))
            await asyncio.sleep(0.001)

    assert perf_counter() - started < AT_ONCE


async def test_some_time_after_a_timeout_a_full_batch_runs_at_once(compiled: Compiled) -> None:
    executor = executor_of(compiled)
    await infer(executor, 13)
    await asyncio.sleep(0.1)

    assert await infer(executor, BATCH) < AT_ONCE


def test_infer_requests_come_in_whole_groups(compile_model: Compile, row_model: ov.Model) -> None:
    compiled = compile_model(row_model, target_device="BATCH:CPU(4)", nireq=6)

    assert len(compiled.slots) == 8
    assert compiled.remarks == ("nireq 6 does not fill batches of 4, 8 is used",)


def test_a_model_of_batches_is_released_without_a_wait(row_model: ov.Model) -> None:
    config = {"AUTO_BATCH_TIMEOUT": 1000}
    compiled = create_core().compile_model(row_model, "BATCH:CPU(4)", config)
    request = compiled.create_infer_request()

    time.sleep(wind_down(compiled))

    started = perf_counter()
    del request, compiled
    assert perf_counter() - started < AT_ONCE
