"""The status of a ModelServer: a pure function of what was observed."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any

from modelserver_operator.status.conditions import Condition, documents
from modelserver_operator.status.metrics_available import metrics_available, ratio_capped
from modelserver_operator.status.observed import Expected, Observed, Workload
from modelserver_operator.status.progress import degraded, progressing
from modelserver_operator.status.readiness import Before, readiness
from modelserver_operator.status.reasons import ConditionType, Reason
from modelserver_operator.status.scaling import scaling_active
from modelserver_operator.status.served_models import served_models
from modelserver_operator.status.troubles import troubles

Document = dict[str, Any]

_RATIO_STEP = Decimal("0.1")
_KEPT_WHERE_INVALID = ("labelSelector", "endpoints", "models")
"""What an invalid spec says nothing about, and what pods and autoscalers still go by."""


def status(
    metadata: Mapping[str, Any],
    observed: Observed,
    previous: Mapping[str, Any],
    now: datetime,
) -> Document:
    """The whole status document, which stays the same for as long as nothing happens.

    Args:
        metadata: the ModelServer's, as the API server holds it.
        observed: all that is known of it.
        previous: the status that it has.
        now: the time that conditions carry whose status changes.
    """
    generation = metadata.get("generation", 0)
    conditions = _conditions(observed, _before(metadata, previous))
    return {
        "observedGeneration": generation,
        **_counts(observed),
        **_ratio(observed, previous),
        **_described(observed, previous),
        "conditions": documents(conditions, previous.get("conditions") or (), generation, now),
    }


def _conditions(observed: Observed, before: Before) -> Iterator[Condition]:
    found = troubles(observed)
    yield from readiness(observed, found, before)
    yield progressing(observed)
    yield degraded(found)
    yield scaling_active(observed)
    yield metrics_available(observed)
    yield ratio_capped(observed.chain)
    yield _warnings(observed)


def _before(metadata: Mapping[str, Any], previous: Mapping[str, Any]) -> Before:
    ready = any(
        condition.get("type") == ConditionType.READY and condition.get("status") == "True"
        for condition in previous.get("conditions") or ()
    )
    return Before(ready, previous.get("observedGeneration") == metadata.get("generation"))


def _counts(observed: Observed) -> Document:
    """How many pods there are; an autoscaler needs the numbers before there is a Deployment.

    An autoscaler that asks for none has not looked yet, or nothing is wanted anyway.
    """
    workload = observed.workload or Workload(wanted=0)
    desired = [one.desired for one in observed.autoscalers if one.desired]
    return {
        "replicas": workload.replicas,
        "readyReplicas": workload.ready,
        "desiredReplicas": desired[0] if desired else workload.wanted,
        "ready": f"{workload.ready}/{workload.wanted}",
    }


def _ratio(observed: Observed, previous: Mapping[str, Any]) -> Document:
    """The ratio in tenths. A change of less than one is none, since each scrape brings some."""
    read = [one.ratio for one in observed.autoscalers if one.ratio is not None]
    ratio = read[0] if read else observed.chain.asked if observed.chain else None
    if ratio is None:
        return {}
    told = _decimal(previous.get("ratio"))
    if told is not None and abs(ratio - told) < _RATIO_STEP:
        return {"ratio": previous["ratio"]}
    return {"ratio": str(ratio.quantize(_RATIO_STEP, ROUND_HALF_EVEN))}


def _decimal(text: object) -> Decimal | None:
    try:
        return Decimal(str(text))
    except InvalidOperation:
        return None


def _described(observed: Observed, previous: Mapping[str, Any]) -> Document:
    expected = observed.expected
    if expected is None:
        kept = {key: previous[key] for key in _KEPT_WHERE_INVALID if key in previous}
        return {**_selector_of(observed.facts.deployment), **kept}
    return {
        "labelSelector": expected.label_selector,
        "endpoints": {"grpc": expected.grpc, "rest": expected.rest},
        "models": _models(expected, observed, previous),
    }


def _selector_of(deployment: Mapping[str, Any] | None) -> Document:
    """The pods' selector where only their Deployment tells it; no autoscaler works without one."""
    labels = deployment["spec"]["selector"].get("matchLabels", {}) if deployment else {}
    pairs = [f"{key}={value}" for key, value in sorted(labels.items())]
    return {"labelSelector": ",".join(pairs)} if pairs else {}


def _models(expected: Expected, observed: Observed, previous: Mapping[str, Any]) -> list[Document]:
    return served_models(expected, observed.pods, previous.get("models") or ())


def _warnings(observed: Observed) -> Condition:
    lines = observed.facts.warnings
    if not lines:
        nothing = "The spec gives no reason for advice."
        return Condition(ConditionType.HAS_WARNINGS, "False", Reason.AS_EXPECTED, nothing)
    return Condition(ConditionType.HAS_WARNINGS, "True", Reason.SPEC_WARNINGS, "\n".join(lines))
