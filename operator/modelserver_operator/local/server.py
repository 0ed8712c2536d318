"""One ModelServer at play: its replicas, its Service, its measurements and its autoscaler."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from statistics import fmean

from modelserver_operator.local.autoscaler import Autoscaler
from modelserver_operator.local.clock import now
from modelserver_operator.local.measuring.metrics import ratios, traffic
from modelserver_operator.local.measuring.scrape import Scraper
from modelserver_operator.local.measuring.timeline import Moment
from modelserver_operator.local.network.service import Service
from modelserver_operator.local.plan import Plan
from modelserver_operator.local.pods.deployment import Deployment, Spawn
from modelserver_operator.local.pods.replica import Machine, Phase, Replica

_WATCH_SECONDS = 1.0
_TRAFFIC_SECONDS = 3.0
_MILLI = 1000

Tell = Callable[[str, str], None]
"""Told what happened, and the mark that the picture makes of it: none if empty."""


class Server:
    """Plays a plan, and after an edit the next one.

    Metrics are read twice: at the manifest's interval for the autoscaler, as Prometheus does, and
    each second for those who watch.

    Attributes:
        plan: what is played now.
        service: where clients reach it.
        deployment: its replicas.
    """

    def __init__(self, plan: Plan, home: Path, machine: Machine, spawn: Spawn, tell: Tell) -> None:
        self.plan = plan
        self.service = Service(plan.name)
        self.deployment = Deployment(
            plan.template, plan.replicas, home, machine, spawn, self._on_change
        )
        self._scraper = Scraper(
            self._replicas, machine.get, plan.scrape_seconds, plan.window_seconds
        )
        self._watcher = Scraper(self._replicas, machine.get, _WATCH_SECONDS, _TRAFFIC_SECONDS)
        self._autoscaler = Autoscaler(
            plan.autoscaler, self.deployment, self._ratios, self._scaled, self._stuck
        )
        self._spawn, self._tell = spawn, tell
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self, sync_seconds: float) -> None:
        """Listen, and start to run.

        Raises:
            CannotPlayError: a port is taken.
        """
        await self.service.listen(self.plan.host, self.plan.ports)
        self._tasks = [
            self._spawn(self.deployment.run()),
            self._spawn(self._scraper.run()),
            self._spawn(self._watcher.run()),
            self._spawn(self._autoscaler.run(sync_seconds)),
        ]

    async def change(self, plan: Plan) -> None:
        """Play another plan from now on.

        Raises:
            CannotPlayError: a port is taken; everything stays as it was.
        """
        await self.service.listen(plan.host, plan.ports)
        if plan.template.revision != self.plan.template.revision:
            self._tell("new revision, replicas are replaced one by one", "new revision")
        self.plan = plan
        self.deployment.roll_out(plan.template)
        self._autoscaler.spec = plan.autoscaler
        desired = self.deployment.desired
        if plan.autoscaler is None or 0 in (plan.replicas, desired):  # 0 pauses an autoscaler, too
            self._scale(desired, plan.replicas)
        self._scraper.keep_seconds = plan.window_seconds
        self._scraper.interval_seconds = plan.scrape_seconds

    def retire(self) -> None:
        """Leave the ports to others; what is in progress goes on."""
        self.service.retire()
        for task in self._tasks:
            task.cancel()

    async def close(self, *, hurry: bool) -> None:
        """Retire, and drain every replica."""
        self.retire()
        await self.deployment.dissolve(hurry=hurry)
        await self.service.close()

    def moment(self, at: float) -> Moment:
        """How it stands now."""
        ratios, spec = self._ratios(), self.plan.autoscaler
        return Moment(
            at=at,
            ready=len(self.deployment.ready),
            desired=self.deployment.desired,
            ratio=fmean(ratios.values()) if ratios else None,
            target=spec.target_milli / _MILLI if spec else None,
            traffic=traffic(self._watcher.readings.values()),
        )

    def _replicas(self) -> list[Replica]:
        return self.deployment.replicas

    def _ratios(self) -> dict[str, float]:
        return ratios(self._scraper.readings, self.plan.window_seconds, now())

    def _on_change(self, replica: Replica, text: str) -> None:
        self.service.serve(self.deployment.ready)
        self._tell(
            f"{replica.identity.name} {text}", "crash" if replica.phase is Phase.CRASHED else ""
        )

    def _scale(self, before: int, after: int) -> None:
        if after != before:
            self.deployment.scale(after)
            self._scaled(before, after, "so the manifest says")

    def _stuck(self, reason: str) -> None:
        self._tell(f"cannot be scaled now: {reason}", "")

    def _scaled(self, before: int, after: int, reason: str) -> None:
        self._tell(f"scaled from {before} to {after}: {reason}", f"{before} → {after}")
