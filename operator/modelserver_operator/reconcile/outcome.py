"""What a pass says to whoever schedules the passes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """How a pass ended."""

    DONE = "done"
    """All is as it should be, as far as the operator can make it so."""
    RETRY = "retry"
    """Something is on its way, or went wrong that may go right next time."""
    STALLED = "stalled"
    """Only the user, or another object's owner, can mend it; events tell when they have."""
    GONE = "gone"
    """There is no such ModelServer any more."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a pass.

    Attributes:
        after: seconds until the next look is due even if nothing happens. With RETRY, None leaves
            it to the queue's own backoff.
        error: what went wrong, in a line for the log; empty where nothing did.
        changes: what was written, a line each, such as `Deployment demo-ovms applied`.
        status: the ModelServer's status as it is now, for the operator's own metrics.
    """

    verdict: Verdict
    after: float | None = None
    error: str = ""
    changes: tuple[str, ...] = ()
    status: Mapping[str, Any] = field(default_factory=dict)
