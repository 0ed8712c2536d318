"""What another listing does not show any more has been deleted."""

from typing import Any

from modelserver_operator.cluster.kinds import AUTOSCALER, SERVICE
from modelserver_operator.controller.events import Event
from modelserver_operator.controller.roster import Roster

Body = dict[str, Any]


def service(name: str = "demo-ovms", namespace: str = "a") -> Body:
    owner = {"apiVersion": "intel.com/v1alpha1", "kind": "ModelServer", "name": "demo"}
    metadata = {"namespace": namespace, "name": name, "ownerReferences": [owner]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": []}}


def missed(roster: Roster, namespace: str | None = None) -> list[str]:
    return [event.object["metadata"]["name"] for event in roster.missed(SERVICE, namespace)]


def noted(*things: Body) -> Roster:
    roster = Roster()
    for thing in things:
        roster.note(Event(None, thing))
    return roster


def test_what_is_not_shown_again_is_told_as_deleted_with_its_owner() -> None:
    roster = noted(service(), service("other-ovms"))
    roster.doubt(SERVICE, None)
    roster.note(Event(None, service("other-ovms")))
    [event] = roster.missed(SERVICE, None)
    assert event.type == "DELETED"
    assert event.object["metadata"] == service()["metadata"]


def test_it_is_told_once() -> None:
    roster = noted(service())
    roster.doubt(SERVICE, None)
    assert missed(roster) == ["demo-ovms"]
    assert missed(roster) == []


def test_without_a_new_listing_nothing_is_missed() -> None:
    assert missed(noted(service())) == []


def test_what_a_watch_has_shown_as_deleted_is_not_missed() -> None:
    roster = noted(service())
    roster.note(Event("DELETED", service()))
    roster.doubt(SERVICE, None)
    assert missed(roster) == []


def test_a_listing_of_one_namespace_casts_no_doubt_on_another() -> None:
    roster = noted(service(), service(namespace="b"))
    roster.doubt(SERVICE, "b")
    assert missed(roster, "a") == []
    assert missed(roster, "b") == ["demo-ovms"]


def test_of_an_autoscaler_it_is_remembered_what_it_scales() -> None:
    spec = {"scaleTargetRef": {"kind": "Deployment", "name": "demo-ovms"}}
    metadata = {"namespace": "a", "name": "by-hand"}
    kind = {"apiVersion": AUTOSCALER.api_version, "kind": AUTOSCALER.kind}
    roster = noted({**kind, "metadata": metadata, "spec": spec})
    roster.doubt(AUTOSCALER, None)
    [event] = roster.missed(AUTOSCALER, None)
    assert event.object["spec"] == spec
