"""The pass, from the ModelServer that is read to the status that is written."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Protocol

from modelserver_operator.cluster import Cluster, ClusterError, Kind, Unreachable
from modelserver_operator.cluster.kinds import MODEL_SERVER
from modelserver_operator.cluster.port import Manifest
from modelserver_operator.reconcile.convergence import Convergence, Pass
from modelserver_operator.reconcile.outcome import Outcome, Verdict
from modelserver_operator.reconcile.predecessor import leftover_finalizers, remove_finalizers
from modelserver_operator.reconcile.restraint import held_back
from modelserver_operator.reconcile.rhythm import next_look
from modelserver_operator.render import Settings
from modelserver_operator.status import (
    Expected,
    Observed,
    PassFacts,
    announcements,
    event,
    merge_patch,
    status,
)


class Observer(Protocol):
    """Finds out what the status needs to know beside the facts of the pass."""

    async def observe(
        self, metadata: Mapping[str, Any], expected: Expected | None, facts: PassFacts
    ) -> Observed:
        """All that is known of the ModelServer with this metadata."""
        ...


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Reconciler:
    """Brings what a cluster holds for a ModelServer in line with what it asks for, and says so.

    Args:
        cluster: the API server.
        settings: the administrator's.
        observer: finds out what the status needs.
        now: the time, in UTC.
        namespaces: where ModelServers are looked after; everywhere if empty.
    """

    def __init__(
        self,
        cluster: Cluster,
        settings: Settings,
        observer: Observer,
        now: Callable[[], datetime] = _utc_now,
        namespaces: tuple[str, ...] = (),
    ) -> None:
        self._cluster = cluster
        self._observer = observer
        self._now = now
        self._convergence = Convergence(cluster, settings, now, namespaces)

    def begin(self, watched: frozenset[Kind], denied: frozenset[Kind]) -> None:
        """Watches of these kinds begin, or begin anew; what they show need not be read.

        Each of them shows all objects with our label at least, and autoscalers and ServiceMonitors
        whoever made them. Those that are denied may not be watched; a status says so where it
        matters.
        """
        self._convergence.begin(watched, denied)

    def relist(self, kind: Kind, namespace: str | None) -> None:
        """All objects of a kind are about to be shown anew; what is not shown has gone."""
        self._convergence.relist(kind, namespace)

    def listed(self, kind: Kind, namespace: str | None) -> None:
        """They have been shown; what is not known now is not there."""
        self._convergence.listed(kind, namespace)

    def see(self, event: str | None, thing: Mapping[str, Any]) -> None:
        """Take note of a line of a watch; `event` is None for what was there when it began."""
        self._convergence.see(event, dict(thing))

    async def reconcile(self, namespace: str, name: str) -> Outcome:
        """One pass; safe to repeat at any time, but not twice at once for one ModelServer."""
        try:
            stored = await self._cluster.get(MODEL_SERVER, namespace, name)
            if stored is None:
                self._convergence.forget(namespace, name)
                return Outcome(Verdict.GONE)
            if leftover_finalizers(stored):
                stored = await remove_finalizers(self._cluster, stored)
            if "deletionTimestamp" in stored["metadata"]:
                return Outcome(Verdict.GONE)
            return await self._report(stored, await self._convergence.run(stored))
        except Unreachable as error:
            return Outcome(Verdict.RETRY, error.retry_after, str(error))
        except ClusterError as error:
            # most often the object has changed since it was read; the next pass reads it again
            return Outcome(Verdict.RETRY, error=str(error))

    async def _report(self, stored: Manifest, done: Pass) -> Outcome:
        """Observe, and write the status if it has changed."""
        metadata, previous = stored["metadata"], stored.get("status", {})
        observed = await self._observer.observe(metadata, done.expected, done.facts)
        current = status(metadata, observed, previous, self._now())
        changes, patch = done.changes, merge_patch(previous, current)
        wait = held_back(stored, current, self._now()) if patch else None
        if patch and wait is None:
            place = (metadata["namespace"], metadata["name"])
            await self._cluster.merge_patch(MODEL_SERVER, *place, {"status": patch}, "status")
            changes = (*changes, "status written")
        for announcement in announcements(previous, current, observed.facts):
            await self._announce(event(metadata, announcement, self._now()))
        after = done.after
        if done.verdict is Verdict.DONE and after is None:
            looks = (next_look(current, self._now()), wait)
            after = min((look for look in looks if look is not None), default=None)
        return Outcome(done.verdict, after, done.error, changes, current)

    async def _announce(self, told: Manifest) -> None:
        """Post an event; that it was told already, or cannot be told, is no reason to fail."""
        with suppress(ClusterError):
            await self._cluster.create(told)
