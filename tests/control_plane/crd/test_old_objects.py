"""Objects that the old operator's definition let in live on under ours, whatever they break."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from control_plane import ControlPlane, Kubectl, definitions, eventually
from modelserver_operator.api import InvalidManifest, custom_resource_definition, parse

TESTS = Path(__file__).parents[2]
OLD = yaml.safe_load((TESTS / "data/intel-operator/crd.yaml").read_text())
FINALIZER = "helm.sdk.operatorframework.io/uninstall-release"
SERVERS = "/apis/intel.com/v1alpha1/namespaces/default/modelservers"
MERGE = {"Content-Type": "application/merge-patch+json"}

Stored = dict[str, dict[str, Any]]


def bad_examples(name: str) -> dict[str, Any]:
    """Bad specs of the unit tests, each with a name for an object."""
    cases = yaml.safe_load((TESTS / f"unit/operator/api/data/{name}.yaml").read_text())
    return {f"{name.replace('_', '-')}-{index}": case["spec"] for index, case in enumerate(cases)}


def of_old_fields(specs: dict[str, Any]) -> dict[str, Any]:
    """Those that set nothing but what the old definition knew.

    It kept other fields unread; if what stands in one of them isn't even of our type, the rules
    about it can't be evaluated, and that is no concern of a migration.
    """
    [version] = OLD["spec"]["versions"]
    known = version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"].keys()
    return {name: spec for name, spec in specs.items() if spec.keys() <= known}


SPECS = {
    **bad_examples("broken_rules"),
    **of_old_fields(bad_examples("refused_values") | bad_examples("refused_offline")),
    **{name: {} for name in ("a.b", "1abc", "a" * 59)},
}


def manifest(name: str, spec: object) -> dict[str, Any]:
    return {
        "apiVersion": "intel.com/v1alpha1",
        "kind": "ModelServer",
        "metadata": {"name": name, "finalizers": [FINALIZER]},
        "spec": spec,
    }


@pytest.fixture(scope="module")
def plane(
    tmp_path_factory: pytest.TempPathFactory, control_plane_programs: None
) -> Iterator[ControlPlane]:
    with ControlPlane(tmp_path_factory.mktemp("old")) as plane:
        yield plane


@pytest.fixture(scope="module")
def client(plane: ControlPlane) -> Iterator[httpx.Client]:
    with plane.client() as client:
        yield client


@pytest.fixture(scope="module")
def stored(plane: ControlPlane, client: httpx.Client) -> Stored:
    """What the old definition let in and ours refuses, now under ours, by name."""
    kubectl = Kubectl(plane.admin)
    definitions.install(kubectl, OLD)
    answers = {
        name: client.post(SERVERS, json=manifest(name, spec)) for name, spec in SPECS.items()
    }
    definitions.install(kubectl, custom_resource_definition())
    bad_name = {"json": manifest("x.y", {}), "params": {"dryRun": "All"}}
    eventually(lambda: client.post(SERVERS, **bad_name).status_code == 422)
    let_in = {name: answer.json() for name, answer in answers.items() if answer.is_success}
    return {name: server for name, server in let_in.items() if invalid(server)}


def invalid(server: dict[str, Any]) -> bool:
    try:
        parse(server)
    except InvalidManifest:
        return True
    return False


def refused(stored: Stored, ask: Callable[[str, dict[str, Any]], httpx.Response]) -> dict[str, str]:
    """The answers to those of whom the same was asked and refused."""
    answers = {name: ask(f"{SERVERS}/{name}", server) for name, server in stored.items()}
    return {name: each.json()["message"] for name, each in answers.items() if not each.is_success}


def test_the_old_definition_let_in_what_ours_refuses(stored: Stored) -> None:
    assert {"a.b", "1abc", "a" * 59} < stored.keys()
    assert any(name.startswith("broken-rules") for name in stored)


def test_they_scale(stored: Stored, client: httpx.Client) -> None:
    replicas = {"spec": {"replicas": 2}}
    assert (
        refused(
            stored,
            lambda place, _: client.patch(f"{place}/scale", headers=MERGE, json=replicas),
        )
        == {}
    )


def test_their_status_is_written(stored: Stored, client: httpx.Client) -> None:
    status = {"status": {"replicas": 1, "labelSelector": "app=demo"}}
    assert (
        refused(
            stored, lambda place, _: client.patch(f"{place}/status", headers=MERGE, json=status)
        )
        == {}
    )


def test_their_finalizer_is_removed_and_they_go(stored: Stored, client: httpx.Client) -> None:
    def remove(place: str, _: dict[str, Any]) -> httpx.Response:
        client.delete(place)
        return client.patch(place, headers=MERGE, json={"metadata": {"finalizers": []}})

    assert refused(stored, remove) == {}
    assert {each["metadata"]["name"] for each in client.get(SERVERS).json()["items"]}.isdisjoint(
        stored
    )
