"""kubectl, Helm, Flux and Argo CD agree about a ModelServer, in every state that was recorded.

The states are ModelServers as YAML under tests/golden/status, made by the operator's own code:
--renew-goldens renews them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelserver_operator.api import custom_resource_definition
from modelserver_operator.manifests.documents import as_yaml
from modelserver_operator.status import Observed, PassFacts, Stall, StallReason
from modelserver_operator.status.observed import Autoscaler, Said, ServedVersion, Workload
from observations import HEALTHY, NEW, Story, expecting, serving, starting, with_facts
from waiting_tools import Outcome, argo_cd, kstatus, kubectl_wait

GOLDENS = Path(__file__).parents[3] / "golden/status"

Step = Observed | int
"""What is observed, or a new generation that is written."""

FAILS = Said("ScalingActive", "False", "FailedGetPodsMetric", "no metrics returned")
HPA = Autoscaler("HorizontalPodAutoscaler", "demo-ovms", conditions={FAILS.type: FAILS})
PULL = Said("ovms", "False", "ImagePullBackOff", 'Back-off pulling image "x:1"')
NAME = Said("ovms", "False", "InvalidImageName", 'couldn\'t parse image name "X:1"')
LATE = Said("Progressing", "False", "ProgressDeadlineExceeded", "has timed out progressing")
NO_MODEL = ServedVersion("resnet", 0, "UNAVAILABLE", "/m: No such directory")
ROLLING = replace(
    HEALTHY,
    workload=Workload(replicas=2, ready=1, updated=1, wanted=1),
    pods=(serving("old", current=False), starting("new")),
)


def stalled(reason: StallReason, detail: str, subject: str = "") -> Observed:
    return Observed(PassFacts(stalled=Stall(reason, detail, subject)))


STATES: dict[str, tuple[list[Step], Outcome]] = {
    "starting": ([NEW], Outcome.IN_PROGRESS),
    "loading": (
        [replace(NEW, pods=(starting(models=(ServedVersion("resnet", 1, "LOADING"),)),))],
        Outcome.IN_PROGRESS,
    ),
    "ready": ([NEW, HEALTHY], Outcome.CURRENT),
    "new-spec-unseen": ([HEALTHY, 2], Outcome.IN_PROGRESS),
    "rolling-out": ([HEALTHY, 2, ROLLING], Outcome.IN_PROGRESS),
    "rolled-out-to-the-first-pod": (
        [HEALTHY, 2, replace(ROLLING, pods=(serving("old", current=False), serving("new")))],
        Outcome.CURRENT,
    ),
    "scaling-up": (
        [
            HEALTHY,
            2,
            replace(
                HEALTHY,
                workload=Workload(replicas=3, ready=1, updated=3, wanted=3),
                pods=(serving("a"), starting("b"), starting("c")),
            ),
        ],
        Outcome.CURRENT,
    ),
    "paused": (
        [
            HEALTHY,
            2,
            expecting(replace(NEW, workload=Workload(wanted=0), pods=()), paused=True),
        ],
        Outcome.IN_PROGRESS,
    ),
    "lost-its-pods": ([HEALTHY, NEW], Outcome.IN_PROGRESS),
    "image-pull": ([replace(NEW, pods=(starting(waiting=PULL),))], Outcome.IN_PROGRESS),
    "image-name": ([replace(NEW, pods=(starting(waiting=NAME),))], Outcome.FAILED),
    "model-not-found": (
        [
            replace(
                NEW,
                pods=(serving(models=(NO_MODEL,)),),
            )
        ],
        Outcome.IN_PROGRESS,
    ),
    "deadline-exceeded": (
        [replace(NEW, workload=Workload(replicas=1, updated=1, conditions={LATE.type: LATE}))],
        Outcome.FAILED,
    ),
    "degraded-but-ready": (
        [
            replace(
                HEALTHY,
                workload=Workload(replicas=2, ready=1, updated=2, wanted=2),
                pods=(serving("a"), starting("b", unschedulable="0/1 nodes: Insufficient cpu.")),
            )
        ],
        Outcome.CURRENT,
    ),
    "metric-missing": (
        [expecting(replace(HEALTHY, autoscalers=(HPA,)), provider="hpa", measured=True)],
        Outcome.CURRENT,
    ),
    "newer-rendering-waits": ([with_facts(HEALTHY, template_waits=True)], Outcome.CURRENT),
    "invalid-spec": (
        [
            HEALTHY,
            2,
            stalled(StallReason.INVALID_SPEC, "spec.models_settings.model_name: is missing"),
        ],
        Outcome.FAILED,
    ),
    "refused": (
        [stalled(StallReason.REFUSED, ".spec.x: field not declared", "Deployment demo-ovms")],
        Outcome.FAILED,
    ),
    "name-collision": (
        [
            stalled(
                StallReason.NAME_COLLISION,
                "Deployment demo-ovms belongs to ModelServer demo-ovms",
                "Deployment demo-ovms",
            )
        ],
        Outcome.FAILED,
    ),
    "api-server-away": (
        [with_facts(NEW, failure="the API server does not answer")],
        Outcome.IN_PROGRESS,
    ),
    "api-server-away-from-a-ready-one": (
        [HEALTHY, with_facts(HEALTHY, failure="the API server does not answer")],
        Outcome.CURRENT,
    ),
}


def recorded(steps: list[Step]) -> dict[str, Any]:
    story = Story()
    for step in steps:
        if isinstance(step, int):
            story.generation = step
        else:
            story.look(step)
    return {
        "apiVersion": "intel.com/v1alpha1",
        "kind": "ModelServer",
        "metadata": {"name": "demo", "namespace": "default", "generation": story.generation},
        "status": story.document,
    }


def unseen() -> dict[str, Any]:
    """A ModelServer that was created just now, as the definition's defaults make it."""
    (version,) = custom_resource_definition()["spec"]["versions"]
    status = version["schema"]["openAPIV3Schema"]["properties"]["status"]["default"]
    return {**recorded([]), "status": status}


def resources() -> Iterator[tuple[str, dict[str, Any], Outcome]]:
    for name, (_, outcome) in STATES.items():
        yield name, yaml.safe_load((GOLDENS / f"{name}.yaml").read_text()), outcome
    yield "unseen", unseen(), Outcome.IN_PROGRESS


@pytest.mark.parametrize("name", STATES)
def test_a_state_is_recorded_as_it_is_now(name: str, golden: Callable[[Path, str], None]) -> None:
    golden(GOLDENS / f"{name}.yaml", as_yaml([recorded(STATES[name][0])]))


ARGO = {
    Outcome.CURRENT: {"Healthy"},
    Outcome.IN_PROGRESS: {"Progressing", "Suspended"},
    Outcome.FAILED: {"Degraded"},
}


def test_the_tools_agree_in_every_recorded_state() -> None:
    judged = {
        name: (kstatus(one), kubectl_wait(one), argo_cd(one) in ARGO[outcome])
        for name, one, outcome in resources()
    }

    assert judged == {
        name: (outcome, outcome is Outcome.CURRENT, True) for name, _, outcome in resources()
    }


def test_a_paused_model_server_is_suspended_to_argo_cd() -> None:
    assert argo_cd(recorded(STATES["paused"][0])) == "Suspended"


def test_one_that_is_being_deleted_is_at_work() -> None:
    leaving = recorded([HEALTHY])
    leaving["metadata"]["deletionTimestamp"] = "2026-01-31T12:00:00Z"

    assert (kstatus(leaving), argo_cd(leaving)) == (Outcome.TERMINATING, "Progressing")


def test_at_most_one_of_the_three_conditions_is_true() -> None:
    for name, resource, _ in resources():
        conditions = {one["type"]: one["status"] for one in resource["status"]["conditions"]}
        three = [conditions.get(kind) for kind in ("Ready", "Reconciling", "Stalled")]
        assert three.count("True") <= 1, name
