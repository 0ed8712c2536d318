"""The operator's process: what it may, what it writes, and how it ends."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable
from typing import Any

from control_plane import ControlPlane, Kubectl, Refused, eventually
from control_plane.operator import NAME, OperatorProcess
from control_plane.proxy import Call, Fault, FaultProxy

Manifest = dict[str, Any]


def passes(operator: OperatorProcess) -> bool:
    return 'reconcile_seconds_count{result="' in operator.metrics()


def withdraw_right_to(kubectl: Kubectl, resource: str, operator: OperatorProcess) -> None:
    """The API server learns of it a moment later."""
    role = kubectl.get("role", NAME)
    role["rules"] = [rule for rule in role["rules"] if rule["resources"] != [resource]]
    kubectl("replace", "-f", "-", stdin=json.dumps(role))
    eventually(lambda: not may_watch(kubectl, resource, operator.user))


def may_watch(kubectl: Kubectl, resource: str, user: str) -> bool:
    try:
        return bool(kubectl("auth", "can-i", "watch", resource, f"--as={user}"))
    except Refused:
        return False


def test_kopf_only_reads(
    control_plane: ControlPlane, operator: OperatorProcess, kubectl: Kubectl, model_server: Manifest
) -> None:
    kubectl.apply(model_server)
    eventually(lambda: passes(operator))
    kubectl("annotate", "modelserver", "demo", "note=new")
    kubectl("delete", "modelserver", "demo")
    of_kopf = {
        each.verb
        for each in control_plane.audit.since()
        if each.user == operator.user and each.agent.startswith("kopf/")
    }
    assert of_kopf == {"list", "watch"}


def test_it_never_asks_for_what_it_has_no_right_to(
    control_plane: ControlPlane, operator: OperatorProcess, kubectl: Kubectl, model_server: Manifest
) -> None:
    kubectl.apply(model_server)
    eventually(lambda: passes(operator))
    kubectl("delete", "modelserver", "demo")
    refused = {
        (each.verb, each.resource)
        for each in control_plane.audit.since()
        if each.user == operator.user and each.code == 403
    }
    assert refused == set()


def test_told_to_stop_it_finishes_the_pass_at_hand_and_then_gives_the_lease_back(
    control_plane: ControlPlane,
    start_operator: Callable[..., OperatorProcess],
    kubectl: Kubectl,
    model_server: Manifest,
) -> None:
    begun = threading.Event()

    def slow(call: Call) -> Fault | None:
        if not call.path.endswith("/modelservers/demo"):
            return None
        begun.set()
        return Fault(seconds=4)

    with FaultProxy(control_plane) as proxy:
        proxy.plan = slow
        operator = start_operator(server=proxy.url)
        kubectl.apply(model_server)
        assert begun.wait(30)
        assert operator.stop(signal.SIGTERM) == 0
    log = operator.log.read_text()
    assert "stopping" in log
    assert "broken off" not in log
    assert kubectl.get("lease", NAME)["spec"]["holderIdentity"] == ""


def unseen(kubectl: Kubectl) -> str:
    """What the ModelServer says of kinds that are not watched; nothing where all are."""
    conditions = kubectl.get("ms", "demo").get("status", {}).get("conditions", ())
    [degraded] = [each for each in conditions if each["type"] == "Degraded"]
    return degraded["message"] if degraded["reason"] == "ChangesUnseen" else ""


def test_a_right_that_is_missing_costs_that_kind_until_it_is_granted(
    operator: OperatorProcess, kubectl: Kubectl, model_server: Manifest
) -> None:
    operator.stop()
    role = kubectl.get("role", NAME)
    withdraw_right_to(kubectl, "horizontalpodautoscalers", operator)
    operator.start()
    kubectl.apply(model_server)
    eventually(lambda: kubectl.list("deployments"))
    eventually(lambda: "list and watch HorizontalPodAutoscaler" in unseen(kubectl))
    kubectl("replace", "-f", "-", stdin=json.dumps({**role, "metadata": {"name": NAME}}))
    eventually(lambda: not unseen(kubectl), 90)


def test_a_kind_that_is_not_asked_for_is_not_missed(
    operator: OperatorProcess, kubectl: Kubectl, model_server: Manifest
) -> None:
    operator.stop()
    withdraw_right_to(kubectl, "servicemonitors", operator)
    operator.start()
    kubectl.apply(model_server)
    eventually(lambda: passes(operator))
    assert "no right to list and watch servicemonitors" in operator.log.read_text()
    assert not unseen(kubectl)


def test_a_right_that_is_withdrawn_costs_that_kind_and_no_more(
    control_plane: ControlPlane,
    start_operator: Callable[..., OperatorProcess],
    kubectl: Kubectl,
    model_server: Manifest,
) -> None:
    model_server["spec"]["monitoring"] = {"service_monitor": {"enabled": True}}
    with FaultProxy(control_plane) as proxy:
        operator = start_operator(server=proxy.url)
        kubectl.apply(model_server)
        eventually(lambda: kubectl.list("servicemonitors"))
        withdraw_right_to(kubectl, "servicemonitors", operator)
        proxy.cut_watches()
        eventually(lambda: "list and watch ServiceMonitor" in unseen(kubectl), 60)
        assert operator.stop() == 0
    assert "Traceback" not in operator.log.read_text()
