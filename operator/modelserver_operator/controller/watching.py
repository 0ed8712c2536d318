"""Keeps the watches going: which kinds may be watched now, and what to do when one ends."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count

from modelserver_operator.cluster import Cluster, ClusterError, Kind
from modelserver_operator.controller import watched
from modelserver_operator.controller.backoff import backoff
from modelserver_operator.controller.events import Event
from modelserver_operator.controller.handlers import Deliver, run_watches
from modelserver_operator.controller.listings import Listing
from modelserver_operator.controller.watched import Watched

_LOOK_SECONDS = 30.0
"""How soon a kind that is installed, such as ServiceMonitor, is noticed."""

_LOOKS_PER_REVIEW = 20
"""Rights are reviewed less often: one that is withdrawn shows when its watch is refused."""

_LONGEST_PAUSE_SECONDS = 30.0
_STOP_SECONDS = 5.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is watched, of all that is installed, and what the operator lacks the right for."""

    watched: frozenset[Watched]
    denied: frozenset[Watched]


class NotListedError(Exception):
    """Kinds whose watches have not begun, although they should have by now."""

    def __str__(self) -> str:
        return f"not listed: {', '.join(sorted(map(str, self.args)))}"


class Watching:
    """The watches of one operator.

    Args:
        cluster: is asked what is installed and allowed.
        wanted: all that is to be watched where possible; the first of them is indispensable.
        namespaces: where; all of them if empty.
        deliver: takes each event, on the event loop that runs this.
        begun: is told when watching begins, or begins anew, of which kinds, of those that the
            operator may not watch, and of those that are not installed: what happened before was
            not seen.
        random: a number from 0 to below 1.
    """

    def __init__(
        self,
        cluster: Cluster,
        wanted: tuple[Watched, ...],
        namespaces: tuple[str, ...],
        deliver: Deliver,
        begun: Callable[[frozenset[Kind], frozenset[Kind], frozenset[Kind]], None],
        random: Callable[[], float],
    ) -> None:
        self._cluster = cluster
        self._wanted = wanted
        self._namespaces = namespaces
        self._deliver = deliver
        self._begun = begun
        self._random = random
        self._plan: Plan | None = None
        self._listed = set[Kind]()
        self._failures = 0

    @property
    def ready(self) -> bool:
        """Whether ModelServers are watched."""
        return self._wanted[0].kind in self._listed and not self._failures

    async def run(self) -> None:
        """Watch, until cancelled."""
        while True:
            try:
                await self._watch(await self._review())
            except Exception as error:  # noqa: BLE001 - whatever ends a watch, it is begun anew
                self._failures += 1
                logger.warning("watches ended and will be begun anew: %s", error)
            await asyncio.sleep(
                backoff(self._failures, self._random, longest=_LONGEST_PAUSE_SECONDS)
                if self._failures
                else 0
            )

    async def _watch(self, plan: Plan) -> None:
        """Watch by a plan, as long as it fits the cluster and nothing fails."""
        self._take(plan)
        async with self._running(plan) as watches:
            for look in count(1):
                await asyncio.wait([watches], timeout=_LOOK_SECONDS)
                if watches.done():
                    watches.result()
                    return
                if missing := _kinds(plan.watched) - self._listed:
                    # kopf looks once what there is, and leaves out what it did not find
                    raise NotListedError(*missing)
                self._failures = 0
                if await self._outdated(plan, look):
                    return

    async def _outdated(self, plan: Plan, look: int) -> bool:
        try:
            if look % _LOOKS_PER_REVIEW == 0:
                return await self._review() != plan
            if await watched.allowed(self._cluster, plan.denied, self._namespaces):
                return True  # a right that was missing has been granted
            return await self._installed() != plan.watched | plan.denied
        except ClusterError:
            return False  # the watches themselves will show it

    async def _review(self) -> Plan:
        installed = await self._installed()
        permitted = await watched.allowed(self._cluster, installed, self._namespaces)
        return Plan(permitted, installed - permitted)

    async def _installed(self) -> frozenset[Watched]:
        return await watched.served(self._cluster, self._wanted)

    def _take(self, plan: Plan) -> None:
        before = self._plan.denied if self._plan else frozenset()
        for item in sorted(plan.denied - before, key=str):
            logger.warning("no right to list and watch %s: it is not watched", item.kind.plural)
        self._plan = plan
        self._listed.clear()
        absent = frozenset(self._wanted) - plan.watched - plan.denied
        self._begun(_kinds(plan.watched), _kinds(plan.denied), _kinds(absent))

    @asynccontextmanager
    async def _running(self, plan: Plan) -> AsyncIterator[asyncio.Task[None]]:
        """The watches at work in their thread; the task ends when they do."""
        loop, stop = asyncio.get_running_loop(), threading.Event()

        def take(told: Event | Listing) -> None:
            if isinstance(told, Listing):
                self._listed.add(told.kind)
            self._deliver(told)

        def deliver(told: Event | Listing) -> None:
            loop.call_soon_threadsafe(take, told)

        watches = asyncio.create_task(
            asyncio.to_thread(
                run_watches,
                plan.watched,
                self._namespaces,
                deliver,
                stop,
            )
        )
        try:
            yield watches
        finally:
            stop.set()
            await asyncio.wait([watches], timeout=_STOP_SECONDS)


def _kinds(items: frozenset[Watched]) -> frozenset[Kind]:
    return frozenset(item.kind for item in items)
