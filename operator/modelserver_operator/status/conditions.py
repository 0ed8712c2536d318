"""Conditions as the API has them: which time a condition carries, and how much it may say."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from modelserver_operator.status.reasons import ConditionType

_LONGEST_MESSAGE = 1024
"""As much as an Event's note may hold."""

State = Literal["True", "False", "Unknown"]


@dataclass(frozen=True, slots=True)
class Condition:
    """One aspect of the state; `reason` is one of `Reason`, or that of an autoscaler."""

    type: ConditionType
    status: State
    reason: str
    message: str


def timestamp(moment: datetime) -> str:
    """A moment as the API writes it, in whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def documents(
    conditions: Iterable[Condition],
    previous: Iterable[Mapping[str, Any]],
    generation: int,
    now: datetime,
) -> list[dict[str, Any]]:
    """The conditions as the status holds them.

    A condition keeps the time it had for as long as its status stays what it was.
    """
    before = {document.get("type"): document for document in previous}
    return [
        {
            "type": str(condition.type),
            "status": condition.status,
            "reason": str(condition.reason),
            "message": shortened(condition.message),
            "lastTransitionTime": _since(condition, before.get(condition.type, {}), now),
            "observedGeneration": generation,
        }
        for condition in conditions
    ]


def shortened(message: str) -> str:
    """The message, cut off where it is too long to be shown."""
    if len(message) <= _LONGEST_MESSAGE:
        return message
    return message[: _LONGEST_MESSAGE - 1] + "…"


def _since(condition: Condition, before: Mapping[str, Any], now: datetime) -> str:
    kept = before.get("lastTransitionTime")
    if isinstance(kept, str) and before.get("status") == condition.status:
        return kept
    return timestamp(now)
