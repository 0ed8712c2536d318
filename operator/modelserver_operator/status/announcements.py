"""What is worth an event when one status follows another, and what a pass did besides.

Only changes are told, so a state that lasts is told once, whatever restarts in between.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from modelserver_operator.status.facts import PassFacts
from modelserver_operator.status.reasons import ConditionType, Reason

Document = Mapping[str, Any]


class Severity(StrEnum):
    """An event's type."""

    NORMAL = "Normal"
    WARNING = "Warning"


@dataclass(frozen=True, slots=True)
class Announcement:
    """What an event is to say."""

    severity: Severity
    reason: str
    note: str


_BAD = {
    ConditionType.READY: "False",
    ConditionType.STALLED: "True",
    ConditionType.DEGRADED: "True",
    ConditionType.SCALING_ACTIVE: "False",
    ConditionType.METRICS_AVAILABLE: "False",
    ConditionType.RATIO_CAPPED: "True",
}
"""The status of each condition that is a reason to warn; its opposite is good news."""

_NO_NEWS = {Reason.NOT_AUTOSCALED, Reason.PAUSED, Reason.ROLLING_OUT, "ScalingDisabled"}
"""What users asked for themselves."""

_NEWS_OF_PROGRESS = {Reason.ROLLING_OUT, Reason.NEWER_RENDERING_WAITS}
"""Starting and scaling show in the Deployment's own events."""


def announcements(
    previous: Document, current: Document, facts: PassFacts
) -> tuple[Announcement, ...]:
    """What to tell, each reason and note once."""
    before = {one.get("type"): one for one in previous.get("conditions") or ()}
    told = [
        *(
            news
            for one in current["conditions"]
            for news in _of_condition(before.get(one["type"], {}), one)
        ),
        *_of_pass(facts),
    ]
    return tuple(dict.fromkeys(told))


def _of_condition(before: Document, now: Document) -> Iterator[Announcement]:
    """A condition is news where its status or reason is another; warnings are so line by line."""
    type_ = ConditionType(now["type"])
    if type_ is ConditionType.HAS_WARNINGS:
        yield from _of_warnings(before, now)
    elif (before.get("status"), before.get("reason")) == (now["status"], now["reason"]):
        return
    elif type_ is ConditionType.PROGRESSING:
        if now["reason"] in _NEWS_OF_PROGRESS:
            yield Announcement(Severity.NORMAL, now["reason"], now["message"])
    elif type_ in _BAD and now["reason"] not in _NO_NEWS:
        yield from _of_change(_BAD[type_], before, now)


def _of_change(bad: str, before: Document, now: Document) -> Iterator[Announcement]:
    """Bad news, or that it is over; that something new is not ready yet is neither."""
    was, is_ = before.get("status"), now["status"]
    if is_ == bad and not _is_beginning(was, now):
        yield Announcement(Severity.WARNING, now["reason"], now["message"])
    elif is_ != "Unknown" and is_ != bad and (was == bad or is_ == "True") and was != is_:
        yield Announcement(Severity.NORMAL, now["reason"], now["message"])


def _is_beginning(was: str | None, now: Document) -> bool:
    return now["type"] == ConditionType.READY and was != "True"


def _of_warnings(before: Document, now: Document) -> Iterator[Announcement]:
    if now["status"] != "True":
        return
    known = before.get("message", "").splitlines()
    for line in now["message"].splitlines():
        if line not in known:
            yield Announcement(Severity.WARNING, now["reason"], line)


def _of_pass(facts: PassFacts) -> Iterator[Announcement]:
    if kept := facts.replicas_kept:
        yield Announcement(
            Severity.WARNING,
            "ReplicasKept",
            f"replicas: {kept.written} was written under an autoscaler, which holds {kept.kept}:"
            f" kept {kept.kept}. Leave replicas out of the manifest.",
        )
    for subject in facts.repaired:
        yield Announcement(
            Severity.NORMAL, "Repaired", f"{subject} was changed or deleted, and put back."
        )
