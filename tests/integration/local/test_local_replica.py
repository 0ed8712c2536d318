"""A replica's life, with a real process in it."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import pytest

from modelserver_operator.local.pods.pod import Pod
from modelserver_operator.local.pods.probes import Probe, Probes
from modelserver_operator.local.pods.replica import Identity, Machine, Phase, Replica
from modelserver_operator.local.web import getter

Eventually = Callable[[Callable[[], bool]], Awaitable[None]]
STAND_IN = (sys.executable, str(Path(__file__).with_name("stand_in.py")))


def probe(path: str, failures: int = 2) -> Probe:
    return Probe(path, "rest", 0, period=0.05, timeout=1, successes=1, failures=failures)


def pod(
    *, env: dict[str, str] | None = None, probes: Probes | None = None, grace: float = 5
) -> Pod:
    return Pod(
        image="stand-in",
        args=("--rest_port", "8081"),
        env=env or {},
        mounts=(),
        ports=("rest",),
        probes=probes or Probes(probe("/ready", failures=200), probe("/ready"), None),
        pre_stop=0,
        grace=grace,
    )


class Life:
    """A replica, and what was heard of it."""

    def __init__(
        self, pod: Pod, home: Path, session: aiohttp.ClientSession, eventually: Eventually
    ) -> None:
        self.heard: list[tuple[Phase, str]] = []
        self._session, self._eventually = session, eventually
        machine = Machine(STAND_IN, os.environ, getter(session))
        identity = Identity("r-1", 1, "a")
        self.replica = Replica(identity, pod, home, machine, self._hear)

    def _hear(self, replica: Replica, text: str) -> None:
        self.heard.append((replica.phase, text))

    async def until(self, phase: Phase, times: int = 1) -> str:
        """What was said when the phase was entered for that time."""
        await self._eventually(lambda: len(self._said(phase)) >= times)
        return self._said(phase)[times - 1]

    def _said(self, phase: Phase) -> list[str]:
        return [text for entered, text in self.heard if entered is phase]

    async def get(self, path: str) -> None:
        with suppress(aiohttp.ClientError):
            async with self._session.get(self.replica.url(path)):
                pass


Lives = Callable[[Pod], AbstractAsyncContextManager[Life]]


@pytest.fixture
def life(tmp_path: Path, eventually: Eventually) -> Lives:
    """Runs a replica for as long as a block lasts."""

    @asynccontextmanager
    async def run(pod: Pod) -> AsyncIterator[Life]:
        async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
            life = Life(pod, tmp_path / "r-1", session, eventually)
            group.create_task(life.replica.run())
            yield life
            life.replica.leave(hurry=True)

    return run


async def test_a_replica_starts_serves_drains_and_goes(life: Lives) -> None:
    async with life(pod()) as there:
        await there.until(Phase.READY)
    phases = [phase for phase, _ in there.heard]
    assert phases == [Phase.STARTING, Phase.READY, Phase.DRAINING, Phase.GONE]


async def test_a_crash_is_told_with_the_last_words_and_mended_at_once(life: Lives) -> None:
    async with life(pod()) as there:
        await there.until(Phase.READY)
        await there.get("/crash")
        obituary = await there.until(Phase.CRASHED)
        assert obituary == "ended with exit status 3, again at once\n  | out of luck"
        await there.until(Phase.READY, times=2)


async def test_a_second_crash_waits(life: Lives) -> None:
    async with life(pod()) as there:
        for times in (1, 2):
            await there.until(Phase.READY, times)
            await there.get("/crash")
        assert (await there.until(Phase.CRASHED, 2)).startswith(
            "ended with exit status 3, again in 10 s"
        )


async def test_a_replica_that_waits_after_a_crash_leaves_at_once(life: Lives) -> None:
    async with life(pod()) as there:
        for times in (1, 2):
            await there.until(Phase.READY, times)
            await there.get("/crash")
        await there.until(Phase.CRASHED, 2)
        began = time.monotonic()
    assert time.monotonic() - began < 2


async def test_a_replica_whose_readiness_fails_gets_no_traffic(life: Lives) -> None:
    async with life(pod()) as there:
        await there.until(Phase.READY)
        await there.get("/sicken")
        assert "/ready" in await there.until(Phase.UNREADY)


async def test_a_replica_whose_liveness_fails_is_started_again(life: Lives) -> None:
    probes = Probes(probe("/ready", failures=200), probe("/ready"), probe("/live"))
    async with life(pod(probes=probes)) as there:
        await there.until(Phase.READY)
        await there.get("/sicken")
        assert (await there.until(Phase.CRASHED)).startswith("ended by SIGTERM")
        await there.until(Phase.READY, times=2)


async def test_a_start_that_takes_too_long_is_ended(life: Lives) -> None:
    impatient = Probe("/ready", "rest", 0, 0.001, 1, successes=1, failures=1)
    async with life(pod(probes=Probes(impatient, None, None))) as there:
        assert "startup probe failed" in await there.until(Phase.UNREADY)
        await there.until(Phase.CRASHED)


async def test_a_process_that_does_not_listen_is_killed_when_its_grace_is_over(
    life: Lives,
) -> None:
    async with life(pod(env={"DEAF": "1"}, grace=0.3)) as there:
        await there.until(Phase.READY)
        began = time.monotonic()
    assert 0.3 <= time.monotonic() - began < 3


async def test_no_process_outlives_a_parent_that_was_killed(
    tmp_path: Path, eventually: Eventually, runs: Callable[[int], bool]
) -> None:
    parent = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-c", PARENT, str(tmp_path / "log")], stdout=subprocess.PIPE, text=True
    )
    with parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    await eventually(lambda: not runs(child))


PARENT = """
import asyncio, os, sys
from pathlib import Path
from modelserver_operator.local.pods.processes import ProcessSpec, start

async def main():
    process = await start(ProcessSpec(["sleep", "600"], os.environ), Path(sys.argv[1]))
    print(process.pid, flush=True)
    await process.wait()

asyncio.run(main())
"""
