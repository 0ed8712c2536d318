"""Whom an event concerns."""

from typing import Any

import pytest

from modelserver_operator.controller.events import Event, wishes
from modelserver_operator.controller.keys import Key
from modelserver_operator.controller.known import Known

DEMO = Key("default", "demo")
Body = dict[str, Any]

REFERENCE = {"apiVersion": "intel.com/v1alpha1", "kind": "ModelServer", "name": "demo"}


def server(name: str = "demo", generation: int = 1, **more: object) -> Body:
    return {
        "apiVersion": "intel.com/v1alpha1",
        "kind": "ModelServer",
        "metadata": {"namespace": "default", "name": name, "generation": generation},
        **more,
    }


def thing(kind: str, spec: object = None, namespace: str = "default", **metadata: object) -> Body:
    names = {"namespace": namespace, "name": "thing", **metadata}
    return {"apiVersion": "any/v1", "kind": kind, "metadata": names, "spec": spec}


@pytest.fixture
def known() -> Known:
    spec = {
        "models_settings": {"config_configmap_name": "models"},
        "deployment_parameters": {
            "extra_envs_configmap": "site",
            "env": [
                {"name": "A", "value": "1"},
                {"name": "B", "valueFrom": {"configMapKeyRef": {"name": "proxies", "key": "b"}}},
                {"name": "C", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "c"}}},
            ],
        },
    }
    known = Known()
    known.note(DEMO, server(spec=spec))
    return known


def concerned(known: Known, type_: str | None, body: Body) -> set[Key]:
    return {wish.key for wish in wishes(Event(type_, body), known)}


def test_a_model_server_concerns_itself() -> None:
    assert concerned(Known(), "ADDED", server()) == {DEMO}


def test_its_own_status_written_by_the_operator_concerns_nobody(known: Known) -> None:
    body = server(spec={}, status={"replicas": 3})
    assert concerned(known, "MODIFIED", body) == set()


@pytest.mark.parametrize(
    "change",
    [
        {"generation": 2},
        {"annotations": {"intel.com/roll-out": "now"}},
        {"labels": {"team": "vision"}},
        {"finalizers": ["old"]},
        {"deletionTimestamp": "2026-01-31T12:00:00Z"},
        {"uid": "another"},
    ],
)
def test_whatever_a_user_can_change_concerns_it(known: Known, change: dict[str, Any]) -> None:
    body = server()
    body["metadata"] |= change
    assert concerned(known, "MODIFIED", body) == {DEMO}


def test_a_deleted_model_server_is_looked_at_once_more_and_forgotten(known: Known) -> None:
    assert concerned(known, "DELETED", server()) == {DEMO}
    assert known.servers == {}


@pytest.mark.parametrize("type_", [None, "ADDED", "MODIFIED", "DELETED"])
def test_a_child_concerns_its_owner(type_: str | None) -> None:
    child = thing("Deployment", ownerReferences=[REFERENCE])
    assert concerned(Known(), type_, child) == {DEMO}


def test_another_owner_of_the_same_kind_and_another_group_is_not_ours() -> None:
    owner = REFERENCE | {"apiVersion": "example.com/v1alpha1"}
    assert concerned(Known(), "MODIFIED", thing("Deployment", ownerReferences=[owner])) == set()


@pytest.mark.parametrize("kind", ["HorizontalPodAutoscaler", "ScaledObject"])
def test_an_autoscaler_of_somebody_elses_concerns_whom_it_scales(kind: str) -> None:
    assert concerned(Known(), "ADDED", thing(kind, {"scaleTargetRef": REFERENCE})) == {DEMO}


def test_an_autoscaler_of_the_deployment_concerns_its_model_server(known: Known) -> None:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "demo-ovms"}
    scaler = thing("HorizontalPodAutoscaler", {"scaleTargetRef": target})
    assert concerned(known, "ADDED", scaler) == {DEMO}


def test_a_deployment_can_be_called_like_two_model_servers_children() -> None:
    """Both want it; which one has it is for their passes to find out."""
    known = Known()
    for name in ("demo", "demo-ovms", "other"):
        known.note(Key("default", name), server(name))
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "demo-ovms"}
    scaler = thing("HorizontalPodAutoscaler", {"scaleTargetRef": target})
    assert concerned(known, "ADDED", scaler) == {DEMO, Key("default", "demo-ovms")}


def test_an_autoscaler_in_another_namespace_does_not(known: Known) -> None:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "demo-ovms"}
    scaler = thing("HorizontalPodAutoscaler", {"scaleTargetRef": target}, namespace="other")
    assert concerned(known, "ADDED", scaler) == set()


@pytest.mark.parametrize(
    ("selector", "concerns"),
    [
        ({}, False),
        ({"namespaceSelector": {"any": True}}, True),
        ({"namespaceSelector": {"matchNames": ["default"]}}, True),
        ({"namespaceSelector": {"matchNames": ["other"]}}, False),
    ],
)
def test_a_monitor_concerns_those_it_selects(
    known: Known, selector: dict[str, Any], concerns: bool
) -> None:
    spec = {"selector": {"matchLabels": {"app": "demo-ovms"}}, **selector}
    monitor = thing("ServiceMonitor", spec, namespace="monitoring")
    assert concerned(known, "ADDED", monitor) == ({DEMO} if concerns else set())


@pytest.mark.parametrize("name", ["models", "site", "proxies"])
def test_a_config_map_concerns_who_names_it(known: Known, name: str) -> None:
    assert concerned(known, "MODIFIED", thing("ConfigMap", name=name)) == {DEMO}


def test_other_config_maps_concern_nobody(known: Known) -> None:
    assert concerned(known, "MODIFIED", thing("ConfigMap", name="other")) == set()
    assert concerned(known, "MODIFIED", thing("ConfigMap", name="keys")) == set()
    assert concerned(known, "MODIFIED", thing("ConfigMap", "other", name="models")) == {DEMO}
    elsewhere = thing("ConfigMap", namespace="other", name="models")
    assert concerned(known, "MODIFIED", elsewhere) == set()


@pytest.mark.parametrize(
    ("type_", "body", "urgent"),
    [
        (None, server(), False),
        ("MODIFIED", server(generation=2), True),
        ("MODIFIED", thing("Deployment", ownerReferences=[REFERENCE]), False),
        ("DELETED", thing("Deployment", ownerReferences=[REFERENCE]), True),
        ("MODIFIED", thing("ConfigMap", name="models"), True),
    ],
)
def test_what_people_do_is_urgent_and_echoes_are_not(
    known: Known, type_: str | None, body: Body, urgent: bool
) -> None:
    if type_ is None:
        known = Known()
    assert [wish.urgent for wish in wishes(Event(type_, body), known)] == [urgent]


@pytest.mark.parametrize(
    "spec",
    [None, {}, {"deployment_parameters": None}, {"deployment_parameters": {"env": [1, None, {}]}}],
)
def test_a_spec_that_breaks_every_rule_is_still_seen(spec: object) -> None:
    assert concerned(Known(), None, server(spec=spec)) == {DEMO}
