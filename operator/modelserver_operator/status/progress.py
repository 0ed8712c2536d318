"""Progressing: whether pods are on their way to what is wanted; Degraded: what is in the way."""

from collections.abc import Sequence

from modelserver_operator.status.conditions import Condition, State
from modelserver_operator.status.facts import ROLL_OUT_ANNOTATION
from modelserver_operator.status.observed import Observed, Workload
from modelserver_operator.status.readiness import retry_message, stall_message
from modelserver_operator.status.reasons import ConditionType, Reason
from modelserver_operator.status.trouble import Trouble


def progressing(observed: Observed) -> Condition:
    """Whether pods are being replaced, added or removed."""
    facts = observed.facts
    if facts.stalled:
        return _progressing("False", facts.stalled.reason, stall_message(facts.stalled))
    if facts.failure or observed.expected is None:
        return _progressing("True", Reason.RETRYING, retry_message(observed))
    if observed.workload and (step := _step(observed.workload)):
        return step
    if observed.workload is None:
        return _progressing("True", Reason.STARTING, "The Deployment is being made.")
    return _settled(observed, observed.workload)


def degraded(found: Sequence[Trouble]) -> Condition:
    """Whether anything is wrong, be the service ready or not."""
    if not found:
        return Condition(ConditionType.DEGRADED, "False", Reason.AS_EXPECTED, "Nothing is wrong.")
    message = " ".join(trouble.message for trouble in found)
    return Condition(ConditionType.DEGRADED, "True", found[0].reason, message)


def _step(workload: Workload) -> Condition | None:
    """What the Deployment is doing, if anything."""
    if workload.updated < workload.replicas:
        count = f"{workload.updated} of {workload.replicas} pods run the newest template."
        return _progressing("True", Reason.ROLLING_OUT, count)
    if workload.replicas != workload.wanted:
        count = f"{_pods(workload.replicas)}, {workload.wanted} wanted."
        return _progressing("True", Reason.SCALING, count)
    if workload.ready < workload.wanted:
        count = f"{workload.ready} of {workload.wanted} pods are ready."
        return _progressing("True", Reason.STARTING, count)
    return None


def _settled(observed: Observed, workload: Workload) -> Condition:
    if workload.wanted == 0:
        return _progressing("False", Reason.PAUSED, "replicas is 0: no pod is wanted.")
    if observed.facts.template_waits:
        return _progressing(
            "False",
            Reason.NEWER_RENDERING_WAITS,
            "This operator would render other pods than those that run. They are left alone until"
            f" the spec changes; to roll them now, set the annotation {ROLL_OUT_ANNOTATION}.",
        )
    return _progressing("False", Reason.COMPLETE, f"All pods are ready: {workload.ready}.")


def _pods(count: int) -> str:
    return "1 pod" if count == 1 else f"{count} pods"


def _progressing(status: State, reason: str, message: str) -> Condition:
    return Condition(ConditionType.PROGRESSING, status, reason, message)
