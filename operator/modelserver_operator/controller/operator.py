"""The parts of an operator, wired; and the order in which they begin and end.

Watches run from the start, on operators that stand by too, so that one that is elected has the keys
of all ModelServers in its queue already. Only the leader works them.
"""

import asyncio
import logging
import random
from collections.abc import Coroutine
from functools import partial
from typing import Any

from kubernetes.aio.client import ApiClient

from modelserver_operator.cluster import kinds
from modelserver_operator.cluster.api_server import ApiServer
from modelserver_operator.controller import watched
from modelserver_operator.controller.backoff import backoff
from modelserver_operator.controller.canary import Canary
from modelserver_operator.controller.events import Event, wishes
from modelserver_operator.controller.keys import Key
from modelserver_operator.controller.known import Known
from modelserver_operator.controller.leadership import Alone, Election
from modelserver_operator.controller.listings import Listing
from modelserver_operator.controller.metrics import Metrics
from modelserver_operator.controller.passes import Passes
from modelserver_operator.controller.roster import Roster
from modelserver_operator.controller.schedule import Gone, Schedule, Verdict
from modelserver_operator.controller.server_gauges import ServerGauges
from modelserver_operator.controller.settings import RunSettings
from modelserver_operator.controller.watching import Watching
from modelserver_operator.controller.workqueue import WorkQueue
from modelserver_operator.observing import Observer
from modelserver_operator.observing.http import Web
from modelserver_operator.observing.prometheus import Access
from modelserver_operator.reconcile import Reconciler

DRAIN_SECONDS = 20.0
"""How long passes at hand may take to end; a pod is given 30 s before it is killed."""

_REST_SECONDS = 0.5

_SHOWN_SECONDS = 5.0
"""What stands in a list is shown within this time after it was read."""

logger = logging.getLogger(__name__)


class Operator:
    """One operator.

    Args:
        settings: how it runs.
        client: for passes.
        lease_client: for the Lease, so that no pass can hold up a renewal.
        web: for questions to servers and to Prometheus.
    """

    def __init__(
        self, settings: RunSettings, client: ApiClient, lease_client: ApiClient, web: Web
    ) -> None:
        chance = random.SystemRandom().random
        self._known = Known()
        self._roster = Roster()
        self._canary = Canary(asyncio.get_running_loop().time)
        self._election = _election(settings, lease_client, self._canary)
        elected = self._election.elected
        self.metrics = Metrics(
            ServerGauges(self._known, elected.is_set), lambda: self._queue.depth(), elected.is_set
        )
        self._cluster = cluster = ApiServer(client, self.metrics.heard)
        observer = Observer(cluster, web, settings.platform.prometheus_url, _access(settings))
        self._reconciler = Reconciler(
            cluster, settings.platform, observer, namespaces=settings.namespaces
        )
        self._passes = Passes(self._reconciler, self.metrics, chance)
        schedule = Schedule(partial(backoff, random=chance), _REST_SECONDS)
        self._queue = WorkQueue(self._work, schedule, self.metrics, settings.workers)
        self._watching = Watching(
            cluster,
            _wanted(settings),
            settings.namespaces,
            self._deliver,
            self._begin,
            chance,
        )

    def unwell(self) -> str:
        """What only a restart mends, in a line; empty where nothing is wrong."""
        if not self._canary.alive:
            return "the Lease is renewed and no watch shows it"
        return ""

    def unready(self) -> str:
        """What keeps the operator from seeing ModelServers; empty where nothing does."""
        return "" if self._watching.ready else "ModelServers are not watched"

    async def run(self, stop: asyncio.Event) -> int:
        """Stand by, work when elected, and end when told to or when no longer elected.

        Returns:
            The exit code.
        """
        watching, working = _task(self._watching.run()), _task(self._work_when_elected())
        election, stopped = _task(self._election.run()), _task(stop.wait())
        try:
            await asyncio.wait([election, stopped], return_when=asyncio.FIRST_COMPLETED)
            if stop.is_set():
                await self._leave(working, election)
                return 0
            logger.error("the Lease is lost: ending at once", exc_info=election.exception())
            await self._queue.drain(0)
            return 1
        finally:
            await _cancel(watching, working, election, stopped)

    async def _leave(self, working: asyncio.Task[None], election: asyncio.Task[None]) -> None:
        """End what is at hand while still leading; then let the next one begin at once."""
        logger.info("stopping")
        await _cancel(working)
        if not await self._queue.drain(DRAIN_SECONDS):
            logger.warning("passes took longer than %.0f s and were broken off", DRAIN_SECONDS)
        await _cancel(election)
        await self._election.release()

    async def _work_when_elected(self) -> None:
        await self._election.elected.wait()
        logger.info("leads, with %d ModelServers known", len(self._known.servers))
        self._queue.start()

    async def _work(self, key: Key) -> Verdict:
        verdict = await self._passes.work(key)
        if isinstance(verdict, Gone):
            self._known.note(key, None)
        return verdict

    def _deliver(self, told: Event | Listing) -> None:
        if isinstance(told, Listing):
            self._listed(told)
        elif told.object.get("kind") == kinds.LEASE.kind:
            self._canary.seen()
        else:
            self._roster.note(told)
            self._reconciler.see(told.type, told.object)
            self._wish(told)

    def _wish(self, event: Event) -> None:
        for wish in wishes(event, self._known):
            self._queue.add(wish.key, urgent=wish.urgent)

    def _listed(self, listing: Listing) -> None:
        if listing.ended:
            asyncio.get_running_loop().call_later(_SHOWN_SECONDS, self._shown, listing)
        else:
            self._roster.doubt(listing.kind, listing.namespace)
            self._reconciler.relist(listing.kind, listing.namespace)

    def _shown(self, listing: Listing) -> None:
        """What was not shown again has been deleted while nobody looked."""
        self._reconciler.listed(listing.kind, listing.namespace)
        for event in self._roster.missed(listing.kind, listing.namespace):
            self._wish(event)

    def _begin(
        self,
        watched: frozenset[kinds.Kind],
        denied: frozenset[kinds.Kind],
        absent: frozenset[kinds.Kind],
    ) -> None:
        """What nobody saw while no watch was there may concern anyone."""
        self._cluster.leave_out(absent)
        self._canary.watched(kinds.LEASE in watched)
        self._reconciler.begin(watched, denied)
        for key in self._known.servers:
            self._queue.add(key)


def _access(settings: RunSettings) -> Access:
    insecure = settings.platform.prometheus_insecure
    return Access(settings.prometheus_token_file, settings.prometheus_ca_file, insecure)


def _election(settings: RunSettings, client: ApiClient, canary: Canary) -> Election:
    kind = Election if settings.leader_election else Alone
    return kind(
        client, settings.lease_namespace, settings.lease_name, settings.identity, canary.renewed
    )


def _wanted(settings: RunSettings) -> tuple[watched.Watched, ...]:
    return (*watched.WATCHED, watched.lease(settings.lease_name))


def _task(work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    return asyncio.create_task(work)


async def _cancel(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
