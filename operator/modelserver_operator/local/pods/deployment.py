"""The replicas of one ModelServer, kept at the wanted number and revision."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelserver_operator.local.pods import rollout
from modelserver_operator.local.pods.pod import Pod
from modelserver_operator.local.pods.replica import Identity, Machine, Phase, Replica
from modelserver_operator.local.pods.rollout import Member, Step, Strategy

Spawn = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]
"""Has a coroutine run in the background."""


@dataclass(frozen=True, slots=True)
class Template:
    """What new replicas are made from; its revision changes with anything that they see."""

    name: str
    pod: Pod
    strategy: Strategy
    revision: str


class Deployment:
    """Starts and drains replicas as `rollout` decides, each time that something has changed.

    Attributes:
        desired: how many replicas are wanted.
        replicas: those that exist, the oldest first.
    """

    def __init__(
        self,
        template: Template,
        desired: int,
        home: Path,
        machine: Machine,
        spawn: Spawn,
        changed: Callable[[Replica, str], None],
    ) -> None:
        self.desired = desired
        self.replicas: list[Replica] = []
        self._template = template
        self._home, self._machine, self._spawn = home, machine, spawn
        self._tell = changed
        self._serial = 0
        self._lives: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()

    @property
    def ready(self) -> list[Replica]:
        """The replicas that may have traffic."""
        return [replica for replica in self.replicas if replica.phase is Phase.READY]

    def scale(self, desired: int) -> None:
        """Want another number of replicas."""
        self.desired = desired
        self._wake.set()

    def roll_out(self, template: Template) -> None:
        """Replace the replicas by ones of another template, where its revision is another."""
        self._template = template
        self._wake.set()

    async def run(self) -> None:
        """Keep the replicas as they are wanted, until cancelled."""
        while True:
            self._step()
            await self._wake.wait()
            self._wake.clear()

    async def dissolve(self, *, hurry: bool) -> None:
        """Send every replica away and wait until all are gone; `run` must have ended before."""
        for replica in list(self.replicas):
            replica.leave(hurry=hurry)
        await asyncio.gather(*self._lives)

    def kill(self) -> None:
        """End every process at once."""
        for replica in self.replicas:
            replica.kill()

    def _step(self) -> None:
        template = self._template
        members = [_member(replica) for replica in self.replicas]
        step = rollout.decide(self.desired, template.revision, template.strategy, members)
        for replica in list(self.replicas):
            if replica.identity.name in step.drain:
                replica.leave()
        for _ in range(step.start):
            self._start(template)
        if step != Step():
            self._wake.set()

    def _start(self, template: Template) -> None:
        self._serial += 1
        name = f"{template.name}-{self._serial}"
        identity = Identity(name, self._serial, template.revision)
        home = self._home / name
        replica = Replica(identity, template.pod, home, self._machine, self._on_change)
        self.replicas.append(replica)
        life = self._spawn(replica.run())
        self._lives.add(life)
        life.add_done_callback(self._lives.discard)

    def _on_change(self, replica: Replica, text: str) -> None:
        if replica.phase is Phase.GONE:
            self.replicas.remove(replica)
        self._tell(replica, text)
        self._wake.set()


def _member(replica: Replica) -> Member:
    identity = replica.identity
    return Member(
        name=identity.name,
        serial=identity.serial,
        revision=identity.revision,
        ready=replica.phase is Phase.READY,
        leaving=replica.phase is Phase.DRAINING,
    )
