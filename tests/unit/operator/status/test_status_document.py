"""The status as a document: what it holds, and that nothing is written without need."""

from __future__ import annotations

import copy
from dataclasses import replace
from decimal import Decimal
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelserver_operator.api import custom_resource_definition
from modelserver_operator.status import Observed, PassFacts, Stall, StallReason, merge_patch
from modelserver_operator.status.observed import Autoscaler, ServedVersion, Workload
from observations import AVAILABLE, HEALTHY, NEW, Story, expecting, serving, starting, with_facts

THREE = replace(
    HEALTHY,
    workload=Workload(replicas=3, ready=2, updated=3, wanted=3),
    pods=(serving("a"), serving("b"), starting("c")),
)


def test_what_kubectl_shows() -> None:
    document = Story().look(THREE)

    assert document["ready"] == "2/3"
    assert document["replicas"] == 3
    assert document["labelSelector"] == "app=demo-ovms,release=demo"
    assert document["models"] == [
        {"name": "resnet", "versions": [1], "state": "AVAILABLE", "device": "CPU"}
    ]


def test_an_autoscaler_finds_selector_and_count_before_there_are_pods() -> None:
    document = Story().look(replace(NEW, workload=None, pods=()))

    assert document["labelSelector"] == "app=demo-ovms,release=demo"
    assert document["replicas"] == 0
    assert document["models"] == [{"name": "resnet", "state": "PENDING", "device": "CPU"}]


def test_it_fits_the_schema_of_the_resource() -> None:
    (version,) = custom_resource_definition()["spec"]["versions"]
    schema = version["schema"]["openAPIV3Schema"]["properties"]["status"]

    for observed in (THREE, NEW, with_facts(HEALTHY, warnings=("a: b",))):
        jsonschema.validate(Story().look(observed), schema)


def test_nothing_is_written_while_nothing_happens() -> None:
    story = Story()
    first = copy.deepcopy(story.look(THREE))

    assert merge_patch(first, story.look(THREE)) == {}


def test_a_condition_keeps_its_time_until_its_status_changes() -> None:
    story = Story()
    story.look(NEW)
    story.look(replace(NEW, pods=(starting(models=(ServedVersion("resnet", 1, "LOADING"),)),)))
    still = story.condition("Ready")
    story.look(HEALTHY)

    assert (still["reason"], still["lastTransitionTime"]) == (
        "LoadingModels",
        "2026-01-31T12:00:00Z",
    )
    assert story.condition("Ready")["lastTransitionTime"] == "2026-01-31T12:02:00Z"


def test_a_spec_that_is_invalid_leaves_what_pods_and_autoscalers_go_by() -> None:
    story = Story()
    story.look(THREE)
    stall = Stall(StallReason.INVALID_SPEC, "spec.models_settings.model_name: is missing")

    document = story.look(replace(THREE, expected=None, facts=PassFacts(stalled=stall)))

    assert document["labelSelector"] == "app=demo-ovms,release=demo"
    assert document["readyReplicas"] == 2
    assert story.condition("Stalled")["message"].startswith("The spec is not valid: spec.models")


def read(ratio: str) -> Observed:
    hpa = Autoscaler("HorizontalPodAutoscaler", "a", desired=4, ratio=Decimal(ratio))
    return replace(THREE, autoscalers=(hpa,))


def test_an_autoscaler_says_how_many_are_wanted() -> None:
    assert Story().look(read("1"))["desiredReplicas"] == 4


def test_an_autoscaler_that_has_not_looked_yet_says_nothing() -> None:
    new = Autoscaler("HorizontalPodAutoscaler", "a", desired=0)

    assert Story().look(replace(THREE, autoscalers=(new,)))["desiredReplicas"] == 3


@pytest.mark.parametrize(
    ("ratios", "told"),
    [
        (["0.7"], "0.7"),
        (["0.74"], "0.7"),
        (["0.7", "0.79"], "0.7"),
        (["0.7", "0.8"], "0.8"),
        (["0.7", "0.61"], "0.7"),
        (["0.1", "0"], "0.0"),
        (["12.345"], "12.3"),
    ],
)
def test_the_ratio_is_told_in_tenths_when_it_has_moved_by_one(ratios: list[str], told: str) -> None:
    story = Story()

    for ratio in ratios:
        story.look(read(ratio))

    assert story.document["ratio"] == told


def test_the_newest_version_speaks_for_a_model_and_any_pod_that_answers_for_the_version() -> None:
    newer = ServedVersion("resnet", 2, "LOADING")
    pods = (serving("a", models=(AVAILABLE, newer)), serving("b"))

    (model,) = Story().look(replace(THREE, pods=pods))["models"]

    assert (model["state"], model["versions"]) == ("LOADING", [1])


def test_pods_of_the_newest_template_speak_for_the_models() -> None:
    bert = ServedVersion("bert", 1, "AVAILABLE")
    pods = (serving("old", current=False), serving("new", models=(bert,)))

    document = Story().look(expecting(replace(THREE, pods=pods), models=("bert",)))

    assert [model["name"] for model in document["models"]] == ["bert"]


def test_servers_that_cannot_be_asked_leave_what_they_said_last() -> None:
    story = Story()
    story.look(THREE)

    document = story.look(replace(THREE, pods=(serving(models=None, unreachable="busy"),)))

    assert document["models"][0]["versions"] == [1]


def test_a_model_that_the_spec_no_longer_names_goes() -> None:
    story = Story()
    story.look(THREE)
    bert = ServedVersion("bert", 1, "AVAILABLE")

    document = story.look(
        expecting(replace(THREE, pods=(serving(models=(bert,)),)), models=("bert",))
    )

    assert [model["name"] for model in document["models"]] == ["bert"]


def test_the_old_operators_status_goes() -> None:
    left = {"deployedRelease": {"manifest": "secret"}, "conditions": [{"type": "Deployed"}]}
    story = Story(document=left)

    patch = merge_patch(left, story.look(HEALTHY))

    assert patch["deployedRelease"] is None
    assert "Deployed" not in {condition["type"] for condition in patch["conditions"]}


DOCUMENTS = st.dictionaries(
    st.sampled_from("abc"),
    st.recursive(
        st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("xyz"), inner),
    ),
)


def merged(target: object, patch: object) -> object:
    """RFC 7396, section 2, word for word."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


@given(DOCUMENTS, DOCUMENTS)
def test_a_merge_patch_leads_from_one_document_to_the_other(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert merged(before, merge_patch(before, after)) == after
