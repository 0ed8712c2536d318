"""ScalingActive: whether an autoscaler decides on the replicas, told in its own words."""

from collections.abc import Sequence

from modelserver_operator.status.conditions import Condition, State
from modelserver_operator.status.facts import PassFacts
from modelserver_operator.status.observed import Autoscaler, Observed, Said
from modelserver_operator.status.reasons import ConditionType, Reason
from modelserver_operator.status.troubles import skip_message

_HPA = "HorizontalPodAutoscaler"
_KINDS = {_HPA, "ScaledObject"}


def scaling_active(observed: Observed) -> Condition:
    """Who scales the ModelServer, and whether that works."""
    autoscalers = observed.autoscalers
    asked = bool(observed.expected and observed.expected.provider)
    if len(rivals := _rivals(autoscalers)) > 1:
        return _condition("False", Reason.SEVERAL_AUTOSCALERS, _ambiguous(rivals))
    if autoscalers:
        return _carried(autoscalers, asked=asked)
    if not asked:
        return _condition("False", Reason.NOT_AUTOSCALED, "No autoscaler targets this ModelServer.")
    if skipped := _skipped(observed.facts):
        return _condition("False", Reason.AUTOSCALER_SKIPPED, skipped)
    return _condition("Unknown", Reason.AUTOSCALER_STARTING, "The autoscaler is being made.")


def _rivals(autoscalers: Sequence[Autoscaler]) -> list[Autoscaler]:
    """The HorizontalPodAutoscalers; KEDA's own stands for its ScaledObject."""
    return [autoscaler for autoscaler in autoscalers if autoscaler.kind == _HPA]


def _ambiguous(rivals: Sequence[Autoscaler]) -> str:
    names = " and ".join(autoscaler.name for autoscaler in rivals)
    return (
        f"HorizontalPodAutoscalers {names} have the same target, so Kubernetes obeys neither:"
        " delete all but one."
    )


def _carried(autoscalers: Sequence[Autoscaler], *, asked: bool) -> Condition:
    """The condition of the autoscaler that there is."""
    said, words = _worst(autoscalers)
    state: State = "True" if said.status == "True" else "False"
    foreign = next((one for one in autoscalers if not one.ours), None)
    if said.status not in {"True", "False"}:
        return _condition("Unknown", Reason.AUTOSCALER_STARTING, words)
    if foreign is None or not asked:
        return _condition(state, said.reason, words)
    return _condition(state, Reason.FOREIGN_AUTOSCALER, _stepped_back(foreign, said, words))


def _stepped_back(foreign: Autoscaler, said: Said, words: str) -> str:
    where = "its Deployment" if foreign.targets_deployment else "this ModelServer"
    return (
        f"{foreign.kind} {foreign.name} scales {where}, so the operator makes none of its own."
        f" It says {said.reason}: {words}"
    )


def _worst(autoscalers: Sequence[Autoscaler]) -> tuple[Said, str]:
    """What says most about whether scaling works: a failure before a success, and words for it."""
    said = [condition for one in autoscalers for condition in _telling(one)]
    failures = [condition for condition in said if condition.status == "False"]
    chosen = next(
        iter(failures or said), Said("", "Unknown", "", "The autoscaler says nothing yet.")
    )
    limits = [condition.message for one in autoscalers for condition in _limits(one)]
    return chosen, "; ".join([chosen.message, *limits])


def _telling(autoscaler: Autoscaler) -> list[Said]:
    conditions = autoscaler.conditions or {}
    types = ("AbleToScale", "ScalingActive") if autoscaler.kind == _HPA else ("Ready",)
    return [conditions[type_] for type_ in reversed(types) if type_ in conditions]


def _limits(autoscaler: Autoscaler) -> list[Said]:
    limited = (autoscaler.conditions or {}).get("ScalingLimited")
    return [limited] if limited and limited.status == "True" else []


def _skipped(facts: PassFacts) -> str | None:
    for skipped in facts.skipped:
        if skipped.kind in _KINDS:
            return skip_message(skipped.kind, skipped.reason)
    return None


def _condition(status: State, reason: str, message: str) -> Condition:
    return Condition(ConditionType.SCALING_ACTIVE, status, reason, message)
