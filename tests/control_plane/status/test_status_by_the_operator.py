"""The operator as a process keeps the status up to date, with no more rights than it is given."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

import pytest

from control_plane import ControlPlane, Kubectl
from control_plane.operator import OperatorProcess
from control_plane.passes import model_server


class Stub(Protocol):
    address: str

    def serves(self, model: str) -> None: ...


class Pods(Protocol):
    def run(self, address: str) -> None: ...


@pytest.mark.parametrize("everywhere", [False, True], ids=["one-namespace", "everywhere"])
async def test_it_sees_a_service_come_up_and_change(
    everywhere: bool,
    control_plane: ControlPlane,
    start_operator: Callable[..., OperatorProcess],
    kubectl: Kubectl,
    pods: Pods,
    model_server_stub: Stub,
) -> None:
    mark = control_plane.audit.mark()
    operator = start_operator(everywhere=everywhere)
    model_server_stub.serves("m")
    monitoring = {"service_monitor": {"enabled": True}}

    kubectl.apply(model_server(autoscaling={"enabled": True}, monitoring=monitoring))
    await asyncio.to_thread(pods.run, model_server_stub.address)
    await waits_for(kubectl, "Ready")
    kubectl("patch", "ms", "demo", "--type=merge", "-p", '{"spec":{"image_name":"other:1"}}')
    await waits_for(kubectl, "Ready=False")
    await asyncio.to_thread(pods.run, model_server_stub.address)
    await waits_for(kubectl, "Ready")

    refused = refusals(control_plane, operator.user, kubectl.namespace, mark)
    assert refused <= expected_refusals(everywhere)


async def waits_for(kubectl: Kubectl, condition: str) -> None:
    """`kubectl wait`; in a thread, since the model server lives in this one."""
    command = ("wait", f"--for=condition={condition}", "modelserver/demo", "--timeout=60s")
    await asyncio.to_thread(kubectl, *command)


def refusals(control_plane: ControlPlane, user: str, namespace: str, mark: int) -> set[str]:
    """What the operator asked for, of the namespace or of all, and was not granted."""
    return {
        f"{one.verb} {one.resource}"
        for one in control_plane.audit.since(mark)
        # namespaces of earlier tests, which are being deleted, refuse everything
        if one.user == user and one.code == 403 and one.namespace in {"", namespace}
    }


def expected_refusals(everywhere: bool) -> set[str]:
    """An operator of one namespace looks further for a Prometheus, and does without."""
    return set() if everywhere else {"list prometheuses", "list services"}
