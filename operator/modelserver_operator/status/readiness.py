"""Ready, Reconciling and Stalled: the three conditions that tools wait for.

At most one of them is True, so that `kubectl wait`, which reads Ready, and the tools built on
kstatus (Helm, Flux, Argo CD through our health.lua), which read the other two first, agree. All of
them speak of the newest generation: pods of an older template do not make it ready, and a rollout
shows in Progressing once a first pod of the new template answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from modelserver_operator.status.answers import answering, unanswered, unasked
from modelserver_operator.status.conditions import Condition, State
from modelserver_operator.status.facts import Stall, StallReason
from modelserver_operator.status.observed import Expected, Observed
from modelserver_operator.status.reasons import ConditionType, Reason
from modelserver_operator.status.trouble import Trouble

Conditions = tuple[Condition, ...]

_PREFIX = {
    StallReason.INVALID_SPEC: "The spec is not valid",
    StallReason.REFUSED: "The API server refuses",
    StallReason.NAME_COLLISION: "A name that is needed is taken",
    StallReason.FOREIGN_CONTROLLER: "Another controller goes on writing",
    StallReason.FORBIDDEN: "The operator lacks a right",
    StallReason.DENIED: "The cluster's own rules are against it",
}
_REMEDY = {
    StallReason.INVALID_SPEC: "Correct the spec.",
    StallReason.REFUSED: "Correct the field that it names.",
    StallReason.NAME_COLLISION: "Delete or rename one of the two.",
    StallReason.FOREIGN_CONTROLLER: "Stop it; a while after its last write this operator goes on.",
    StallReason.FORBIDDEN: "Grant it, as the operator's chart does.",
    StallReason.DENIED: "Change the rule that it names, or ask for what it allows.",
}


@dataclass(frozen=True, slots=True)
class Before:
    """What the previous status said: whether it was ready, and of the same generation."""

    ready: bool = False
    same_generation: bool = False


def readiness(observed: Observed, found: Sequence[Trouble], before: Before) -> Conditions:
    """The three conditions."""
    if stall := observed.facts.stalled:
        return _stalled(stall.reason, stall_message(stall))
    expected = observed.expected
    if expected is None or observed.facts.failure:
        return _interrupted(observed, before)
    if expected.paused:
        return _settled("False", Reason.PAUSED, "replicas is 0: no pod is wanted.")
    if message := _answer(observed, expected, before):
        return _settled("True", Reason.MODELS_ANSWER, message)
    return _not_ready(observed, expected, found)


def stall_message(stall: Stall) -> str:
    """What waiting will not mend, and what will."""
    subject = "" if stall.subject in stall.detail else f"{stall.subject}: "
    detail = stall.detail.rstrip(".")
    return f"{_PREFIX[stall.reason]}: {subject}{detail}. {_REMEDY[stall.reason]}"


def _answer(observed: Observed, expected: Expected, before: Before) -> str | None:
    """In what sense the models answer, None where they do not.

    A server that is too busy to tell is taken at its last word for as long as it passes its probe.
    """
    if answering(observed, expected):
        return "A pod of the newest template answers for every model."
    if before.ready and unasked(observed):
        return "The pods pass their probes; their servers could not be asked just now."
    return None


def _interrupted(observed: Observed, before: Before) -> Conditions:
    """A pass that did not end says nothing new of a generation that was ready."""
    if before.ready and before.same_generation and any(pod.ready for pod in observed.pods):
        return _settled("True", Reason.MODELS_ANSWER, "The models answered when last asked.")
    return _working(Reason.RETRYING, retry_message(observed))


def retry_message(observed: Observed) -> str:
    """What went wrong and is tried again."""
    return f"The last pass did not end and is tried again: {observed.facts.failure}"


def _not_ready(observed: Observed, expected: Expected, found: Sequence[Trouble]) -> Conditions:
    if hopeless := next((trouble for trouble in found if trouble.hopeless), None):
        first = found[0]
        told = hopeless.message if first is hopeless else f"{first.message} {hopeless.message}"
        return _stalled(hopeless.reason, told)
    if found:
        return _working(found[0].reason, found[0].message)
    current = [pod for pod in observed.pods if pod.current]
    if any(pod.models is not None and unanswered(pod, expected) for pod in current):
        return _working(Reason.LOADING_MODELS, "No pod has loaded all of its models yet.")
    if len(current) < len(observed.pods):
        return _working(Reason.ROLLING_OUT, "No pod of the newest template is ready.")
    return _working(Reason.STARTING, "No pod is ready.")


_AT_REST = Condition(
    ConditionType.RECONCILING, "False", Reason.AS_EXPECTED, "Nothing is left to be done."
)
_NOT_STALLED = Condition(
    ConditionType.STALLED, "False", Reason.AS_EXPECTED, "Nothing has to be changed first."
)


def _settled(ready: State, reason: str, message: str) -> Conditions:
    return Condition(ConditionType.READY, ready, reason, message), _AT_REST, _NOT_STALLED


def _working(reason: str, message: str) -> Conditions:
    working = Condition(ConditionType.RECONCILING, "True", reason, message)
    return Condition(ConditionType.READY, "False", reason, message), working, _NOT_STALLED


def _stalled(reason: str, message: str) -> Conditions:
    stalled = Condition(ConditionType.STALLED, "True", reason, message)
    return Condition(ConditionType.READY, "False", reason, message), _AT_REST, stalled
