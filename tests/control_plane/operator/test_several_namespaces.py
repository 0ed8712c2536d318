"""An operator that is given several namespaces."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from control_plane import Kubectl, eventually
from control_plane.operator import NAME, OperatorProcess, granted

Manifest = dict[str, Any]


@pytest.fixture
def second(kubectl: Kubectl) -> Iterator[Kubectl]:
    """Another namespace, with the same rights for the operator at home."""
    name = f"{kubectl.namespace}-2"
    kubectl("create", "namespace", name)
    subject = {"kind": "ServiceAccount", "name": NAME, "namespace": kubectl.namespace}
    for thing in granted(name, everywhere=False):
        if thing["kind"] == "RoleBinding":
            thing["subjects"] = [subject]
        kubectl.within(name).apply(thing)
    yield kubectl.within(name)
    kubectl("delete", "namespace", name, "--wait=false")


def test_of_several_namespaces_each_is_looked_after(
    start_operator: Callable[..., OperatorProcess],
    second: Kubectl,
    kubectl: Kubectl,
    model_server: Manifest,
) -> None:
    start_operator(f"--namespaces={kubectl.namespace},{second.namespace}")
    for each in (kubectl, second):
        each.apply(model_server)
        eventually(lambda each=each: each.list("deployments"))
        each("delete", "service", "demo-ovms")
        eventually(lambda each=each: each.list("services"))
