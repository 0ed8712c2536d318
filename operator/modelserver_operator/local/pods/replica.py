"""One replica: a process that is kept running and, at last, sent home in order.

It stands for a pod. Its process may crash and be started again, as a container is in its pod; the
replica keeps its name, its folder and its place meanwhile.
"""

import asyncio
import contextlib
import shutil
import signal
import socket
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from modelserver_operator.local.pods import backoff
from modelserver_operator.local.pods.container import Container
from modelserver_operator.local.pods.pod import HOST, Pod, process
from modelserver_operator.local.pods.probes import Probe
from modelserver_operator.local.pods.volumes import Folders, materialise
from modelserver_operator.local.web import Get

_TAIL_LINES = 5


class Phase(StrEnum):
    """Where a replica stands in its life."""

    STARTING = "starting"
    READY = "ready"
    UNREADY = "not ready"
    CRASHED = "crashed"
    DRAINING = "draining"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Machine:
    """What this machine brings to every replica: the runtime's command, an environment, HTTP."""

    runtime: Sequence[str]
    env: Mapping[str, str]
    get: Get


@dataclass(frozen=True, slots=True)
class Identity:
    """Which replica it is; a higher serial is a younger one."""

    name: str
    serial: int
    revision: str


class Replica:
    """A played pod.

    Attributes:
        identity: which one it is.
        phase: where it stands; `changed` is told each new phase, and what there is to say.
        ports: the port of this machine for each of the pod's, from the first start on.
    """

    def __init__(
        self,
        identity: Identity,
        pod: Pod,
        home: Path,
        machine: Machine,
        changed: Callable[["Replica", str], None],
    ) -> None:
        self.identity = identity
        self.phase = Phase.STARTING
        self.ports: Mapping[str, int] = {}
        self._pod, self._home, self._machine = pod, home, machine
        self._changed = changed
        self._container = Container(pod.probes, pod.grace, self._check, self._on_health)
        self._began = 0.0
        self._leaving = asyncio.Event()
        self._hurried = asyncio.Event()

    def url(self, path: str) -> str:
        """The address of a path on the REST port."""
        return f"http://{HOST}:{self.ports['rest']}{path}"

    async def run(self) -> None:
        """Live until told to leave, then leave."""
        try:
            async with asyncio.TaskGroup() as group:
                keeper = group.create_task(self._keep_running())
                await self._leaving.wait()
                keeper.cancel()
            await self._end()
        finally:
            self.kill()
        shutil.rmtree(self._home, ignore_errors=True)
        self._enter(Phase.GONE, "gone")

    def leave(self, *, hurry: bool = False) -> None:
        """Take no new connections, finish what is in progress, and end.

        The wait before the server is told to stop (preStop) gives a cluster time to spread the
        news. In a hurry it is skipped: here all news is instant.
        """
        if hurry:
            self._hurried.set()
        if not self._leaving.is_set():
            self._enter(Phase.DRAINING, "draining")
            self._leaving.set()

    def kill(self) -> None:
        """End the process at once, if one runs."""
        self._container.kill()

    async def _keep_running(self) -> None:
        """Run the process again and again, as the kubelet does with back-off."""
        folders = materialise(self._pod.mounts, self._home)
        crashes = 0
        while True:
            self._began = time.monotonic()
            status = await self._run_once(folders)
            crashes = 1 if time.monotonic() - self._began >= backoff.RESET_SECONDS else crashes + 1
            pause = backoff.delay(crashes)
            self._enter(Phase.CRASHED, self._obituary(status, pause))
            await asyncio.sleep(pause)

    async def _run_once(self, folders: Folders) -> int:
        self.ports = dict(zip(self._pod.ports, free_ports(len(self._pod.ports)), strict=True))
        machine = self._machine
        spec = process(self._pod, machine.runtime, machine.env, folders, self.ports)
        self._enter(Phase.STARTING, "starting")
        return await self._container.run(spec, self._log)

    async def _check(self, probe: Probe) -> bool:
        return await self._machine.get(self.url(probe.path), probe.timeout) is not None

    def _on_health(self, ready: bool, text: str) -> None:
        if ready and self.phase is Phase.STARTING:
            text += f" after {time.monotonic() - self._began:.1f} s"
        self._enter(Phase.READY if ready else Phase.UNREADY, text)

    def _enter(self, phase: Phase, text: str) -> None:
        if self._leaving.is_set() and phase is not Phase.GONE:
            return
        self.phase = phase
        self._changed(self, text)

    async def _end(self) -> None:
        """The kubelet's order: the preStop sleep, SIGTERM, and SIGKILL when the grace is over."""
        began = time.monotonic()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(self._pod.pre_stop, self._pod.grace)):
                await self._hurried.wait()
        await self._container.stop(self._pod.grace - (time.monotonic() - began))

    @property
    def _log(self) -> Path:
        return self._home / "log"

    def _obituary(self, status: int, pause: float) -> str:
        again = f"again in {pause:.0f} s" if pause else "again at once"
        return "\n".join([f"{_cause(status)}, {again}", *_tail(self._log)])


def free_ports(count: int) -> list[int]:
    """So many different free TCP ports of this machine."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((HOST, 0))
        return [int(each.getsockname()[1]) for each in sockets]


def _cause(status: int) -> str:
    if status < 0:
        return f"ended by {signal.Signals(-status).name}"
    return f"ended with exit status {status}"


def _tail(log: Path) -> list[str]:
    with log.open(errors="replace") as lines:
        return [f"  | {line.rstrip()}" for line in deque(lines, _TAIL_LINES)]
