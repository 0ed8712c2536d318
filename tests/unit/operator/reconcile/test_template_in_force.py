from dataclasses import replace
from typing import Any

import pytest

from modelserver_operator.reconcile.inputs import Inputs
from modelserver_operator.reconcile.template import Revision, in_force, newest

INPUTS = Inputs("wish", {"ConfigMap/models": "1"})


def template(image: str, **extra: Any) -> dict[str, Any]:  # noqa: ANN401
    container = {"name": "ovms", "image": image, **extra}
    return {"metadata": {"labels": {"app": "demo"}}, "spec": {"containers": [container]}}


def image(revision: Revision) -> str:
    found: str = revision.template["spec"]["containers"][0]["image"]
    return found


def deployment(pods: dict[str, Any]) -> dict[str, Any]:
    return {"spec": {"template": pods}}


FIRST = in_force(template("old"), INPUTS, None, None)


def test_a_first_rendering_comes_into_force() -> None:
    assert (image(FIRST), FIRST.number, FIRST.is_older_than(template("old"))) == ("old", 1, False)


def test_a_newer_operators_rendering_waits() -> None:
    kept = in_force(template("new"), INPUTS, FIRST, deployment(FIRST.template))
    assert kept == FIRST
    assert kept.is_older_than(template("new"))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"wish": "another"}, id="spec or policy"),
        pytest.param({"references": {"ConfigMap/models": "2"}}, id="content of a ConfigMap"),
        pytest.param({"roll_out": "today"}, id="the user's word"),
    ],
)
def test_a_reason_of_the_users_brings_the_newest_rendering(change: dict[str, Any]) -> None:
    revision = in_force(template("new"), replace(INPUTS, **change), FIRST, None)
    assert (image(revision), revision.number) == ("new", 2)
    assert not revision.is_older_than(template("new"))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"references": {"ConfigMap/models": "2"}}, id="content of a ConfigMap"),
        pytest.param({"roll_out": "today"}, id="the user's word"),
    ],
)
def test_pods_restart_even_if_they_are_rendered_the_same(change: dict[str, Any]) -> None:
    revision = in_force(template("old"), replace(INPUTS, **change), FIRST, None)
    assert revision.template != FIRST.template


@pytest.mark.parametrize(
    "inputs",
    [
        pytest.param(replace(INPUTS, references={"ConfigMap/models": ""}), id="a ConfigMap goes"),
        pytest.param(INPUTS, id="the roll-out annotation goes"),
    ],
)
def test_what_goes_is_no_reason_to_restart(inputs: Inputs) -> None:
    rolled = in_force(template("old"), replace(INPUTS, roll_out="today"), FIRST, None)
    assert in_force(template("new"), inputs, rolled, None) == rolled


def test_a_config_map_that_comes_at_last_is_no_reason_to_restart() -> None:
    waiting = in_force(template("a"), Inputs("wish", {"ConfigMap/models": ""}), None, None)
    come = in_force(template("b"), INPUTS, waiting, None)
    assert come.template == waiting.template
    assert come.inputs == INPUTS


def test_a_reference_that_the_spec_no_longer_has_is_forgotten() -> None:
    revision = in_force(template("new"), Inputs("another", {}), FIRST, None)
    assert revision.inputs.references == {}


def test_a_deployment_that_is_taken_over_keeps_its_pods() -> None:
    live = template("live", imagePullPolicy="Always")
    adopted = in_force(template("new"), INPUTS, None, deployment(live))
    assert adopted.template == live
    assert adopted.is_older_than(template("new"))


def test_nothing_waits_where_the_adopted_pods_only_have_defaults_filled_in() -> None:
    live = template("same", imagePullPolicy="Always", terminationMessagePath="/dev/log")
    adopted = in_force(template("same"), INPUTS, None, deployment(live))
    assert not adopted.is_older_than(template("same"))


@pytest.mark.parametrize(
    "revision",
    [FIRST, in_force(template("new"), INPUTS, None, deployment(template("live")))],
    ids=["rendered", "adopted"],
)
def test_a_stored_revision_reads_back_the_same(revision: Revision) -> None:
    stored = revision.manifest({"name": "demo-ovms", "namespace": "a"})
    assert Revision.parse(stored) == revision


def test_a_revisions_name_tells_its_template() -> None:
    def name(revision: Revision) -> str:
        found: str = revision.manifest({"name": "demo-ovms"})["metadata"]["name"]
        return found

    again = replace(FIRST, number=7, inputs=Inputs("another", {}))
    assert name(again) == name(FIRST) != name(replace(FIRST, template=template("new")))


def test_the_revision_in_force_is_the_one_with_the_highest_number() -> None:
    metadata = {"name": "demo-ovms"}
    second = in_force(template("new"), replace(INPUTS, wish="another"), FIRST, None)
    assert newest([second.manifest(metadata), FIRST.manifest(metadata)]) == second
    assert newest([]) is None
