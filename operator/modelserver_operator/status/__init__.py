"""The status of a ModelServer, as a pure function of what is known of it.

A pass uses it so:

    observed = await observer.observe(metadata, expected(server, context), facts)
    document = status(metadata, observed, previous, now)
    if patch := merge_patch(previous, document):
        ...
    for news in announcements(previous, document, facts):
        await cluster.create(event(metadata, news, now))
"""

from modelserver_operator.status.announcements import announcements
from modelserver_operator.status.events import event
from modelserver_operator.status.expected import expected
from modelserver_operator.status.facts import (
    ROLL_OUT_ANNOTATION,
    Missing,
    PassFacts,
    ReplicasKept,
    SkippedKind,
    SkipReason,
    Stall,
    StallReason,
)
from modelserver_operator.status.observed import Expected, Observed
from modelserver_operator.status.patch import merge_patch
from modelserver_operator.status.status import status

__all__ = [
    "ROLL_OUT_ANNOTATION",
    "Expected",
    "Missing",
    "Observed",
    "PassFacts",
    "ReplicasKept",
    "SkipReason",
    "SkippedKind",
    "Stall",
    "StallReason",
    "announcements",
    "event",
    "expected",
    "merge_patch",
    "status",
]
