"""One run of a pod's process, from its start to its exit, watched by its probes."""

import asyncio
import itertools
from asyncio.subprocess import Process
from collections.abc import Callable
from pathlib import Path

from modelserver_operator.local.pods import processes
from modelserver_operator.local.pods.probes import Check, Probe, Probes, until
from modelserver_operator.local.pods.processes import ProcessSpec

Report = Callable[[bool, str], None]
"""Told whether the process may have traffic from now on, and why, in words."""


class Container:
    """A process that is put down when its startup or liveness probe fails."""

    def __init__(self, probes: Probes, grace_seconds: float, check: Check, report: Report) -> None:
        self._probes = probes
        self._grace_seconds = grace_seconds
        self._check = check
        self._report = report
        self._process: Process | None = None

    async def run(self, spec: ProcessSpec, log: Path) -> int:
        """Run the process to its end; its exit status, negative for a signal."""
        self._process = process = await processes.start(spec, log)
        async with asyncio.TaskGroup() as group:
            health = group.create_task(self._watch())
            status = await process.wait()
            health.cancel()
        return status

    async def stop(self, grace_seconds: float) -> None:
        """End the process: SIGTERM, and SIGKILL when the grace is over."""
        if self._process is not None:
            await processes.stop(self._process, grace_seconds)

    def kill(self) -> None:
        """End the process at once."""
        if self._process is not None:
            processes.kill(self._process)

    async def _watch(self) -> None:
        if not await self._started():
            await self._put_down("startup")
            return
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch_readiness())
            group.create_task(self._watch_liveness())

    async def _started(self) -> bool:
        probe = self._probes.startup
        if probe is None:
            return True
        await asyncio.sleep(probe.initial_delay)
        try:
            async with asyncio.timeout(probe.period * probe.failures):
                await until(probe, self._check, healthy=True)
        except TimeoutError:
            return False
        return True

    async def _watch_readiness(self) -> None:
        probe = self._probes.readiness
        if probe is None:
            self._report(True, "ready")
            return
        await asyncio.sleep(probe.initial_delay)
        for healthy in itertools.cycle((True, False)):
            await until(probe, self._check, healthy=healthy)
            self._report(healthy, "ready" if healthy else f"not ready: {_says(probe)}")
            await asyncio.sleep(probe.period)

    async def _watch_liveness(self) -> None:
        probe = self._probes.liveness
        if probe is None:
            return
        await asyncio.sleep(probe.initial_delay)
        await until(probe, self._check, healthy=False)
        await self._put_down("liveness")

    async def _put_down(self, probe: str) -> None:
        self._report(False, f"its {probe} probe failed; ending it")
        await self.stop(self._grace_seconds)


def _says(probe: Probe) -> str:
    return f"{probe.path} gave no good answer"
