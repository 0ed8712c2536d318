"""When a ModelServer is ready, and what is said while it is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from modelserver_operator.status import Observed, Stall, StallReason
from modelserver_operator.status.observed import Said, ServedVersion, Workload
from observations import (
    AVAILABLE,
    HEALTHY,
    LOADING,
    NEW,
    Story,
    expecting,
    serving,
    starting,
    with_facts,
)

READY = ("True", "False", "False")
AT_WORK = ("False", "True", "False")
STALLED = ("False", "False", "True")
NEITHER = ("False", "False", "False")


@pytest.fixture
def story() -> Story:
    return Story()


def two_models(*models: ServedVersion) -> Observed:
    pods = (serving(models=models),)
    return expecting(replace(HEALTHY, pods=pods), models=("bert", "resnet"))


STATES = {
    "a pod answers": (HEALTHY, READY, "ModelsAnswer"),
    "no pod yet": (replace(NEW, pods=()), AT_WORK, "Starting"),
    "a pod that starts": (NEW, AT_WORK, "Starting"),
    "no Deployment yet": (replace(NEW, workload=None, pods=()), AT_WORK, "Starting"),
    "a model that loads": (
        replace(NEW, pods=(starting(models=(LOADING,)),)),
        AT_WORK,
        "LoadingModels",
    ),
    "one of two models": (two_models(AVAILABLE), AT_WORK, "ModelNotLoaded"),
    "an older template answers": (
        replace(HEALTHY, pods=(serving(current=False),)),
        AT_WORK,
        "RollingOut",
    ),
    "not in the Service": (
        replace(HEALTHY, pods=(serving(ready=False),)),
        AT_WORK,
        "Starting",
    ),
    "an image that is not there": (
        replace(NEW, pods=(starting(waiting=Said("", "", "ImagePullBackOff", "no such image.")),)),
        AT_WORK,
        "ImagePullFailed",
    ),
    "an image name that is none": (
        replace(NEW, pods=(starting(waiting=Said("", "", "InvalidImageName", "UPPER")),)),
        STALLED,
        "InvalidImageName",
    ),
    "a spec that is invalid": (
        Observed(with_facts(NEW, stalled=Stall(StallReason.INVALID_SPEC, "spec.x: no")).facts),
        STALLED,
        "InvalidSpec",
    ),
    "an API server that is away": (with_facts(NEW, failure="no answer"), AT_WORK, "Retrying"),
    "no pods wanted": (
        expecting(replace(NEW, workload=Workload(wanted=0), pods=()), paused=True),
        NEITHER,
        "Paused",
    ),
}


@pytest.mark.parametrize("state", STATES)
def test_what_tools_wait_for(story: Story, state: str) -> None:
    observed, verdict, reason = STATES[state]

    story.look(observed)

    assert story.verdict() == verdict
    assert story.condition("Ready")["reason"] == reason


def test_ready_stands_there_from_the_first_pass_with_the_generation_it_speaks_of(
    story: Story,
) -> None:
    document = story.look(NEW, generation=7)

    assert document["observedGeneration"] == 7
    assert story.condition("Ready")["observedGeneration"] == 7


def test_scaling_never_lowers_ready(story: Story) -> None:
    story.look(HEALTHY)
    more = Workload(replicas=5, ready=1, updated=5, wanted=5)

    story.look(replace(HEALTHY, workload=more, pods=(serving(), starting("b"))), generation=2)

    assert story.verdict() == READY
    assert story.condition("Progressing")["status"] == "True"


def test_a_rollout_is_not_ready_until_a_pod_of_the_new_template_answers(story: Story) -> None:
    story.look(HEALTHY)
    workload = Workload(replicas=2, ready=1, updated=1, wanted=1)
    old, new = serving("old", current=False), starting("new")

    story.look(replace(HEALTHY, workload=workload, pods=(old, new)), generation=2)
    before = story.verdict()
    story.look(replace(HEALTHY, workload=workload, pods=(old, serving("new"))), generation=2)

    assert (before, story.verdict()) == (AT_WORK, READY)


def test_a_server_too_busy_to_tell_stays_ready(story: Story) -> None:
    story.look(HEALTHY)

    story.look(replace(HEALTHY, pods=(serving(models=None, unreachable="timed out"),)))

    assert story.verdict() == READY


def test_a_busy_server_of_an_older_template_makes_nothing_ready(story: Story) -> None:
    story.look(HEALTHY)
    busy = serving("old", current=False, models=None, unreachable="timed out")

    story.look(replace(HEALTHY, pods=(busy, starting("new"))), generation=2)

    assert story.verdict() == AT_WORK


def test_a_server_that_never_told_is_not_ready(story: Story) -> None:
    story.look(replace(HEALTHY, pods=(serving(models=None, unreachable="timed out"),)))

    assert story.verdict() == AT_WORK
    assert story.condition("Ready")["reason"] == "ServerUnreachable"


def test_a_pass_that_did_not_end_lowers_nothing(story: Story) -> None:
    story.look(HEALTHY)

    story.look(with_facts(HEALTHY, failure="the API server does not answer"))

    assert story.verdict() == READY
    assert story.condition("Progressing")["reason"] == "Retrying"


def test_a_pass_that_did_not_end_says_nothing_of_a_new_generation(story: Story) -> None:
    story.look(HEALTHY, generation=1)

    story.look(with_facts(HEALTHY, failure="the API server does not answer"), generation=2)

    assert story.verdict() == AT_WORK


def test_models_that_only_the_servers_know_all_have_to_answer(story: Story) -> None:
    bert = ServedVersion("bert", 1, "LOADING")

    story.look(expecting(replace(HEALTHY, pods=(serving(models=(AVAILABLE, bert)),)), models=None))

    assert story.verdict() == AT_WORK
