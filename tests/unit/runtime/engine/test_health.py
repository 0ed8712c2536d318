"""When a device is taken to have failed, and when to work again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from modelserver_runtime.engine.health import FAILURES, Health
from modelserver_runtime.errors import InferenceFailed


@dataclass
class Device:
    """Answers a probe as the test says."""

    works: bool = True
    probes: int = 0

    def probe(self) -> asyncio.Future[None]:
        self.probes += 1
        answer = asyncio.get_running_loop().create_future()
        if self.works:
            answer.set_result(None)
        else:
            answer.set_exception(InferenceFailed("the device is lost"))
        return answer


def health_of(device: Device) -> Health:
    return Health("model m version 1", device.probe, probe_seconds=0.001)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.001)


async def fail(health: Health, times: int = FAILURES) -> None:
    for _ in range(times):
        health.failed()
    await asyncio.sleep(0.005)


async def test_a_device_that_fails_every_time_is_a_problem_until_it_works(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    device = Device(works=False)
    health = health_of(device)

    await fail(health)
    assert health.problem == (
        "model m version 1 fails: Internal inference error: the device is lost"
    )

    device.works = True
    await until(lambda: health.problem is None)
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]
    assert caplog.messages[1] == "model m version 1 works again"


async def test_inputs_that_fail_on_a_sound_device_are_no_problem() -> None:
    device = Device()
    health = health_of(device)
    await fail(health)
    assert health.problem is None
    assert device.probes == 1


async def test_a_success_in_between_starts_the_count_anew() -> None:
    device = Device(works=False)
    health = health_of(device)
    await fail(health, FAILURES - 1)
    health.failures = 0
    await fail(health, FAILURES - 1)
    assert device.probes == 0


async def test_without_inputs_known_to_work_there_is_no_verdict() -> None:
    health = Health("model m version 1", None)
    await fail(health, 10 * FAILURES)
    assert health.problem is None


async def test_a_retired_version_is_asked_no_more() -> None:
    device = Device(works=False)
    health = health_of(device)
    await fail(health)
    health.close()
    await asyncio.sleep(0)
    asked = device.probes
    await fail(health)
    assert device.probes == asked
