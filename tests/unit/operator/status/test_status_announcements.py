"""What becomes an event, and what does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from modelserver_operator.status import Observed, ReplicasKept, announcements, event
from modelserver_operator.status.announcements import Announcement, Severity
from modelserver_operator.status.observed import Autoscaler, Said
from observations import EPOCH, HEALTHY, NEW, Story, expecting, serving, starting, with_facts

PULL = replace(NEW, pods=(starting(waiting=Said("", "", "ErrImagePull", "no such image.")),))


def news(story: Story, observed: Observed) -> list[tuple[str, str]]:
    before = story.document
    told = announcements(before, story.look(observed), observed.facts)
    return [(one.severity, one.reason) for one in told]


def test_a_start_that_goes_well_is_told_when_it_is_done() -> None:
    story = Story()

    assert news(story, NEW) == []
    assert news(story, HEALTHY) == [("Normal", "ModelsAnswer")]


def test_a_state_that_lasts_is_told_once() -> None:
    story = Story()

    assert news(story, PULL) == [("Warning", "ImagePullFailed")]
    assert news(story, PULL) == []


def test_that_it_is_over_is_told_as_well() -> None:
    story = Story()
    story.look(PULL)

    assert ("Normal", "AsExpected") in news(story, HEALTHY)


def test_what_works_in_another_way_is_no_news() -> None:
    story = Story()
    asked = expecting(HEALTHY, provider="hpa")
    story.look(replace(asked, autoscalers=(working("ValidMetricFound"),)))

    assert news(story, replace(asked, autoscalers=(working("ReadyForNewScale"),))) == []


def working(reason: str) -> Autoscaler:
    active = Said("ScalingActive", "True", reason, "")
    return Autoscaler("HorizontalPodAutoscaler", "demo-ovms", conditions={active.type: active})


def test_losing_the_last_pod_is_a_warning() -> None:
    story = Story()
    story.look(HEALTHY)

    assert ("Warning", "Starting") in news(story, replace(HEALTHY, pods=(serving(ready=False),)))


def test_a_rollout_that_somebody_asked_for_is_no_warning() -> None:
    story = Story()
    story.look(HEALTHY)
    rolling = replace(HEALTHY, pods=(serving("old", current=False), starting("new")))

    told = news(story, rolling)

    assert "RollingOut" in [condition["reason"] for condition in story.document["conditions"]]
    assert [reason for severity, reason in told if severity == "Warning"] == []


def test_each_line_of_advice_is_told_once() -> None:
    story = Story()

    first = news(story, with_facts(HEALTHY, warnings=("a: b",)))
    second = news(story, with_facts(HEALTHY, warnings=("a: b", "c: d")))

    assert first.count(("Warning", "SpecWarnings")) == 1
    assert second == [("Warning", "SpecWarnings")]


def test_a_replica_count_that_was_not_obeyed_comes_with_advice() -> None:
    story = Story()
    story.look(HEALTHY)

    facts = with_facts(HEALTHY, replicas_kept=ReplicasKept(written=1, kept=3)).facts
    (told,) = announcements(story.document, story.document, facts)

    assert "holds 3" in told.note
    assert "Leave replicas out" in told.note


METADATA = {"name": "demo", "namespace": "default", "uid": "u-1"}


def test_an_event_that_is_told_again_soon_has_the_same_name() -> None:
    told = Announcement(Severity.NORMAL, "Repaired", "Service demo-ovms")

    first = event(METADATA, told, EPOCH)
    soon = event(METADATA, told, EPOCH + timedelta(minutes=5))
    later = event(METADATA, told, EPOCH + timedelta(minutes=15))

    assert first["metadata"]["name"] == soon["metadata"]["name"] != later["metadata"]["name"]


def test_an_event_is_about_the_model_server() -> None:
    regarding = event(METADATA, Announcement(Severity.NORMAL, "r", "n"), EPOCH)["regarding"]

    assert (regarding["kind"], regarding["name"], regarding["uid"]) == (
        "ModelServer",
        "demo",
        "u-1",
    )
