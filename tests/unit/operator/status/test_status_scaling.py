"""ScalingActive: who scales a ModelServer, in the autoscaler's own words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from modelserver_operator.status import Observed, SkippedKind, SkipReason
from modelserver_operator.status.observed import Autoscaler, Said
from observations import HEALTHY, Story, expecting, with_facts

HPA = "HorizontalPodAutoscaler"


def hpa(name: str = "demo-ovms", **changes: object) -> Autoscaler:
    active = Said("ScalingActive", "True", "ValidMetricFound", "the HPA computed a count")
    able = Said("AbleToScale", "True", "ReadyForNewScale", "recommended size matches")
    whole = Autoscaler(HPA, name, conditions={"ScalingActive": active, "AbleToScale": able})
    return replace(whole, **changes)


def saying(*conditions: Said, **changes: object) -> Autoscaler:
    return hpa(conditions={said.type: said for said in conditions}, **changes)


def scaled(*autoscalers: Autoscaler, asked: bool = True) -> Observed:
    observed = replace(HEALTHY, autoscalers=autoscalers)
    return expecting(observed, provider="hpa") if asked else observed


def skipping(kind: str) -> Observed:
    return with_facts(scaled(), skipped=(SkippedKind(kind, SkipReason.NOT_INSTALLED),))


NO_METRIC = Said("ScalingActive", "False", "FailedGetPodsMetric", "no metrics returned")
NO_SCALE = Said("AbleToScale", "False", "FailedGetScale", "the server could not find it")
MOST = Said("ScalingLimited", "True", "TooManyReplicas", "more than the maximum replica count")
KEDA_FAILS = Said("Ready", "False", "ScaledObjectCheckFailed", "no such trigger")

CASES: dict[str, tuple[Observed, str, str, str]] = {
    "none": (scaled(asked=False), "False", "NotAutoscaled", "No autoscaler"),
    "ours is new": (scaled(), "Unknown", "AutoscalerStarting", "being made"),
    "ours says nothing yet": (scaled(saying()), "Unknown", "AutoscalerStarting", "nothing yet"),
    "ours works": (scaled(hpa()), "True", "ValidMetricFound", "computed"),
    "ours has no metric": (
        scaled(saying(NO_METRIC)),
        "False",
        "FailedGetPodsMetric",
        "no metrics returned",
    ),
    "ours cannot scale": (
        scaled(saying(NO_SCALE, Said("ScalingActive", "True", "ValidMetricFound", ""))),
        "False",
        "FailedGetScale",
        "could not find it",
    ),
    "ours is at its limit": (
        scaled(hpa(conditions={**(hpa().conditions or {}), "ScalingLimited": MOST})),
        "True",
        "ValidMetricFound",
        "more than the maximum",
    ),
    "a user's, and ours is wanted": (
        scaled(hpa("mine", ours=False)),
        "True",
        "ForeignAutoscaler",
        "mine scales this ModelServer, so the operator makes none",
    ),
    "a user's on the Deployment": (
        scaled(hpa("mine", ours=False, targets_deployment=True)),
        "True",
        "ForeignAutoscaler",
        "mine scales its Deployment",
    ),
    "a user's alone": (
        scaled(hpa("mine", ours=False), asked=False),
        "True",
        "ValidMetricFound",
        "computed",
    ),
    "two": (scaled(hpa("a"), hpa("b", ours=False)), "False", "SeveralAutoscalers", "a and b"),
    "KEDA's": (
        scaled(Autoscaler("ScaledObject", "demo-ovms", conditions={}), hpa("keda-hpa-demo")),
        "True",
        "ValidMetricFound",
        "computed",
    ),
    "KEDA refuses": (
        scaled(Autoscaler("ScaledObject", "demo-ovms", conditions={"Ready": KEDA_FAILS})),
        "False",
        "ScaledObjectCheckFailed",
        "no such trigger",
    ),
    "no KEDA": (skipping("ScaledObject"), "False", "AutoscalerSkipped", "does not know"),
}


@pytest.mark.parametrize("case", CASES)
def test_who_scales(case: str) -> None:
    observed, status, reason, words = CASES[case]
    story = Story()

    story.look(observed)

    active = story.condition("ScalingActive")
    assert (active["status"], active["reason"]) == (status, reason)
    assert words in active["message"]
