"""One pass from the queue's side: run it, measure it, log what changed, say when to come back."""

import logging
import time
from collections.abc import Callable
from typing import Protocol

from modelserver_operator.cluster import ClusterError, Unreachable
from modelserver_operator.controller.keys import Key
from modelserver_operator.controller.schedule import Again, Failed, Gone, Verdict
from modelserver_operator.reconcile import Outcome
from modelserver_operator.reconcile import Verdict as End

RESYNC_SECONDS = 600.0

logger = logging.getLogger(__name__)


class Reconciles(Protocol):
    """Who makes the passes."""

    async def reconcile(self, namespace: str, name: str) -> Outcome:
        """One pass over one ModelServer."""


class Ledger(Protocol):
    """Who keeps the figures."""

    def passed(self, end: str, seconds: float) -> None:
        """A pass ended so, and took so long."""


class Passes:
    """Passes of one operator.

    Args:
        reconciler: makes them.
        ledger: is told of each.
        random: a number from 0 to below 1; it spreads the regular look at everything.
    """

    def __init__(self, reconciler: Reconciles, ledger: Ledger, random: Callable[[], float]) -> None:
        self._reconciler = reconciler
        self._ledger = ledger
        self._random = random

    async def work(self, key: Key) -> Verdict:
        """One pass; whatever goes wrong in it becomes a line in the log and another try."""
        began = time.monotonic()
        end, verdict = await self._pass(key)
        self._ledger.passed(end, time.monotonic() - began)
        return verdict

    async def _pass(self, key: Key) -> tuple[str, Verdict]:
        try:
            outcome = await self._reconciler.reconcile(key.namespace, key.name)
        except ClusterError as error:
            logger.warning("will be tried again: %s", error, extra=_about(key))
            asked = error.retry_after if isinstance(error, Unreachable) else None
            return "error", Failed(asked or 0.0)
        except Exception:
            logger.exception("a mistake of the operator's own", extra=_about(key))
            return "error", Failed()
        self._tell(key, outcome)
        return outcome.verdict, self._verdict(outcome)

    def _tell(self, key: Key, outcome: Outcome) -> None:
        for change in outcome.changes:
            logger.info(change, extra=_about(key))
        if outcome.error:
            logger.warning(outcome.error, extra=_about(key))

    def _verdict(self, outcome: Outcome) -> Verdict:
        if outcome.verdict is End.GONE:
            return Gone()
        if outcome.verdict is End.RETRY and (outcome.after is None or outcome.error):
            return Failed(outcome.after or 0.0)
        if outcome.after is None:
            return Again(RESYNC_SECONDS * (0.8 + 0.2 * self._random()))
        return Again(outcome.after)


def _about(key: Key) -> dict[str, str]:
    return {"namespace": key.namespace, "modelserver": key.name}
