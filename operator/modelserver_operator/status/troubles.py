"""All that is wrong with a ModelServer, most consequential first.

A rollout or a scaling step that takes its time is nothing wrong; only what has a cause is named.
"""

from collections.abc import Iterator

from modelserver_operator.status.container_troubles import container_troubles
from modelserver_operator.status.creation_troubles import creation_troubles, deadline_trouble
from modelserver_operator.status.facts import Missing, PassFacts, SkipReason
from modelserver_operator.status.model_troubles import model_troubles
from modelserver_operator.status.observed import Observed
from modelserver_operator.status.reasons import Reason
from modelserver_operator.status.trouble import Trouble

_TOLD_ELSEWHERE = {"ServiceMonitor", "ScaledObject", "HorizontalPodAutoscaler"}
"""Kinds whose absence shows in MetricsAvailable and ScalingActive."""


def troubles(observed: Observed) -> list[Trouble]:
    """What is wrong, the same trouble of several pods once."""
    found = [
        *map(_missing, observed.facts.missing),
        *creation_troubles(observed),
        *_of_pods(observed),
        *_of_rollout(observed),
        *_left_out(observed.facts),
    ]
    first: dict[tuple[Reason, str], Trouble] = {}
    for trouble in found:
        first.setdefault((trouble.reason, trouble.subject), trouble)
    return list(first.values())


def _missing(reference: Missing) -> Trouble:
    return Trouble(
        Reason.REFERENCE_MISSING,
        f"{reference.kind} {reference.name} does not exist: create it, or correct its name in the"
        " spec.",
        subject=f"{reference.kind}/{reference.name}",
    )


def _of_pods(observed: Observed) -> Iterator[Trouble]:
    for pod in observed.pods:
        yield from container_troubles(pod)
    if observed.expected:
        for pod in observed.pods:
            yield from model_troubles(pod, observed.expected)


def _of_rollout(observed: Observed) -> Iterator[Trouble]:
    if observed.workload:
        yield from deadline_trouble(observed.workload)


def _left_out(facts: PassFacts) -> Iterator[Trouble]:
    for skipped in facts.skipped:
        if skipped.kind not in _TOLD_ELSEWHERE:
            message = skip_message(skipped.kind, skipped.reason)
            yield Trouble(Reason.KIND_SKIPPED, message, subject=skipped.kind)
    for subject in facts.left_alone:
        yield Trouble(
            Reason.OBJECT_NOT_OURS,
            f"{subject} is somebody else's and was left as it is: rename or delete it where the"
            " ModelServer's own is wanted.",
            subject=subject,
        )
    for kind in facts.unseen:
        yield Trouble(
            Reason.CHANGES_UNSEEN,
            f"The operator may not list and watch {kind} objects, so that it learns of their"
            " changes up to ten minutes late: grant it the right, as its chart does.",
            subject=kind,
        )


def skip_message(kind: str, reason: SkipReason) -> str:
    """Why no object of a kind is made, and who can change that."""
    match reason:
        case SkipReason.NOT_INSTALLED:
            return (
                f"The cluster does not know {kind}: install what brings it; it is then picked up."
            )
        case SkipReason.FORBIDDEN:
            return f"The operator may not manage {kind}: grant it the right, as its chart does."
