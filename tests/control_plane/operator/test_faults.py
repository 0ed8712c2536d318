"""Whatever a network and a busy API server do, what was asked for is there in the end."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from control_plane import ControlPlane, Kubectl, Refused, eventually
from control_plane.operator import OperatorProcess
from control_plane.proxy import Call, Fault, FaultProxy, Plan

Manifest = dict[str, Any]
Settled = Callable[[], None]
StartOperator = Callable[..., OperatorProcess]


@pytest.fixture
def proxy(control_plane: ControlPlane) -> Iterator[FaultProxy]:
    with FaultProxy(control_plane) as proxy:
        yield proxy


def writes(call: Call) -> bool:
    """Whether it writes something that a ModelServer needs."""
    return call.method in {"POST", "PATCH", "PUT"} and not any(
        word in call.path for word in ("leases", "events", "selfsubjectaccessreviews")
    )


def the_first(times: int, fault: Fault, of: Callable[[Call], bool] = writes) -> Plan:
    """A fault for the first few calls of a sort."""
    calls = count()
    return lambda call: fault if of(call) and next(calls) < times else None


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Fault(code=409), id="conflict"),
        pytest.param(Fault(code=429, headers={"Retry-After": "1"}), id="too-many-requests"),
        pytest.param(Fault(code=500), id="internal-error"),
        pytest.param(Fault(code=503), id="unavailable"),
        pytest.param(Fault(drops=True), id="dropped"),
    ],
)
def test_writes_that_fail_are_made_again(
    fault: Fault,
    proxy: FaultProxy,
    start_operator: StartOperator,
    kubectl: Kubectl,
    model_server: Manifest,
    settled: Settled,
) -> None:
    start_operator(server=proxy.url)
    proxy.plan = the_first(2, fault)
    kubectl.apply(model_server)
    settled()
    assert {each["kind"] for each in kubectl.list("deployments,services")} == {
        "Deployment",
        "Service",
    }


def test_a_slow_api_server_is_waited_for(
    proxy: FaultProxy,
    start_operator: StartOperator,
    kubectl: Kubectl,
    model_server: Manifest,
    settled: Settled,
) -> None:
    proxy.plan = lambda call: None if "leases" in call.path else Fault(seconds=0.3)
    start_operator(server=proxy.url)
    kubectl.apply(model_server)
    settled()


@pytest.mark.parametrize("end", [FaultProxy.cut_watches, FaultProxy.expire_watches])
def test_what_happens_after_watches_end_is_seen(
    end: Callable[[FaultProxy], None],
    proxy: FaultProxy,
    start_operator: StartOperator,
    kubectl: Kubectl,
    model_server: Manifest,
    settled: Settled,
) -> None:
    start_operator(server=proxy.url)
    kubectl.apply(model_server)
    settled()
    end(proxy)
    kubectl("delete", "service", "demo-ovms")
    eventually(lambda: there(kubectl, "service"))


def test_what_was_deleted_before_one_watch_began_anew_is_missed(
    proxy: FaultProxy,
    start_operator: StartOperator,
    kubectl: Kubectl,
    model_server: Manifest,
) -> None:
    start_operator(server=proxy.url)
    # nothing is awaited of one that is paused, so that only an event has it looked at
    model_server["spec"]["deployment_parameters"] = {"replicas": 0}
    kubectl.apply(model_server)
    eventually(lambda: ready_reason(kubectl) == "Paused" and rests(proxy))
    proxy.silence_watches(of="/services")
    kubectl("delete", "service", "demo-ovms")
    proxy.expire_watches(of="/services")
    eventually(lambda: there(kubectl, "service"))


def test_a_restarted_api_server_is_found_again(
    control_plane: ControlPlane,
    operator: OperatorProcess,
    kubectl: Kubectl,
    model_server: Manifest,
    settled: Settled,
) -> None:
    control_plane.restart_apiserver()
    kubectl.apply(model_server)
    settled()
    assert operator.runs()


@pytest.mark.parametrize("written", [1, 2, 3])
def test_a_pass_that_is_killed_after_a_write_is_finished_by_the_next_operator(
    written: int,
    proxy: FaultProxy,
    start_operator: StartOperator,
    kubectl: Kubectl,
    model_server: Manifest,
    settled: Settled,
) -> None:
    first = start_operator("--leader-election=false", server=proxy.url)
    made = count()

    def kill_at_the_next(call: Call) -> Fault | None:
        if writes(call) and next(made) >= written:
            first.stop(signal.SIGKILL)
            return Fault(drops=True)
        return None

    proxy.plan = kill_at_the_next
    kubectl.apply(model_server)
    eventually(lambda: not first.runs())
    start_operator("--leader-election=false")
    settled()
    assert there(kubectl, "deployment")
    assert there(kubectl, "service")


def there(kubectl: Kubectl, kind: str) -> bool:
    try:
        return bool(kubectl.get(kind, "demo-ovms"))
    except Refused:
        return False


def ready_reason(kubectl: Kubectl) -> str:
    status = kubectl.get("modelserver", "demo")["status"]
    return next(one["reason"] for one in status["conditions"] if one["type"] == "Ready")


def rests(proxy: FaultProxy) -> bool:
    """Whether no pass is made for a while."""
    passes = number_of_passes(proxy)
    time.sleep(2)
    return number_of_passes(proxy) == passes


def number_of_passes(proxy: FaultProxy) -> int:
    return sum(call.path.endswith("/modelservers/demo") for call in proxy.calls)
