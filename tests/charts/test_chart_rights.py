"""What the operator may do: what its own table says, where it works, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from modelserver_operator.controller import rights

NAME = "modelserver-operator"
IN_EACH = (*rights.IN_EACH_NAMESPACE, *rights.to_see_lease(NAME))

Manifest = dict[str, Any]
Render = Callable[..., list[Manifest]]
Granted = dict[tuple[str, str, str], Any]


def granted(objects: Iterable[Manifest]) -> Granted:
    """The rules of each role that a ServiceAccount is bound to, by kind, namespace and name."""
    objects = list(objects)
    bound = {
        (item["roleRef"]["kind"], item["metadata"].get("namespace", ""), item["roleRef"]["name"])
        for item in objects
        if item["kind"].endswith("RoleBinding")
    }
    roles = {
        (item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"]): item
        for item in objects
        if item["kind"] in ("Role", "ClusterRole")
    }
    return {key: roles[key]["rules"] for key in bound}


def test_everywhere_means_a_cluster_role_and_the_lease_at_home(render: Render) -> None:
    assert granted(render()) == {
        ("ClusterRole", "", NAME): rights.rules(IN_EACH),
        ("Role", NAME, f"{NAME}-lease"): rights.rules(rights.to_hold_lease(NAME)),
    }


def test_with_namespaces_named_there_is_no_right_beyond_them(render: Render) -> None:
    assert granted(render({"settings": {"namespaces": ["vision", "speech"]}})) == {
        ("Role", "vision", NAME): rights.rules(IN_EACH),
        ("Role", "speech", NAME): rights.rules(IN_EACH),
        ("Role", "vision", f"{NAME}-lease"): rights.rules(rights.to_hold_lease(NAME)),
    }


def test_no_right_is_a_wildcard(render: Render) -> None:
    for item in render():
        for rule in item.get("rules", ()):
            assert "*" not in {*rule["apiGroups"], *rule["resources"], *rule["verbs"]}


def test_every_role_is_bound_to_the_operators_account(render: Render) -> None:
    objects = render({"serviceAccount": {"name": "robot"}})
    subjects = [item["subjects"] for item in objects if item["kind"].endswith("RoleBinding")]
    account = {"kind": "ServiceAccount", "name": "robot", "namespace": NAME}
    assert subjects == [[account]] * len(subjects)


def test_rights_can_be_left_to_somebody_else(render: Render) -> None:
    assert granted(render({"rbac": {"create": False}})) == {}


@pytest.mark.parametrize("role", ["view", "edit"])
def test_users_of_a_namespace_can_use_model_servers(render: Render, role: str) -> None:
    (rules,) = (
        item["rules"]
        for item in render()
        if f"rbac.authorization.k8s.io/aggregate-to-{role}" in item["metadata"]["labels"]
    )
    verbs = {"view": {"get", "list", "watch"}, "edit": {"create", "update", "patch", "delete"}}
    assert verbs[role] <= {verb for rule in rules for verb in rule["verbs"]}
