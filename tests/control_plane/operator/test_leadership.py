"""One of several operators works; another one takes over, soon if the first one could say goodbye.

A Lease that nobody gave back runs out after 15 s.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

import pytest

from control_plane import ControlPlane, Kubectl, eventually
from control_plane.operator import NAME, OperatorProcess
from control_plane.proxy import Fault, FaultProxy
from modelserver_operator.controller.leadership import LEASE_SECONDS

Manifest = dict[str, Any]


def leads(operator: OperatorProcess) -> bool:
    return "modelserver_operator_leader 1.0" in operator.metrics()


def holder(kubectl: Kubectl) -> str:
    spec: dict[str, Any] = kubectl.get("lease", NAME)["spec"]
    return str(spec.get("holderIdentity", ""))


@pytest.fixture
def pair(
    start_operator: Callable[..., OperatorProcess],
) -> tuple[OperatorProcess, OperatorProcess]:
    """The leader, and one that stands by."""
    first = start_operator()
    eventually(lambda: leads(first))
    return first, start_operator()


def test_one_leads_and_the_other_is_ready_to(
    pair: tuple[OperatorProcess, OperatorProcess], kubectl: Kubectl, model_server: Manifest
) -> None:
    kubectl.apply(model_server)
    leader, standby = pair
    eventually(lambda: 'reconcile_seconds_count{result="' in leader.metrics())
    assert 'reconcile_seconds_count{result="' not in standby.metrics()
    assert not leads(standby)


def test_a_leader_that_is_told_to_stop_hands_over_at_once(
    pair: tuple[OperatorProcess, OperatorProcess], kubectl: Kubectl
) -> None:
    leader, standby = pair
    before = holder(kubectl)
    assert leader.stop() == 0
    assert holder(kubectl) != before
    eventually(lambda: leads(standby), seconds=LEASE_SECONDS / 2)


def test_a_leader_that_is_killed_is_followed_when_its_lease_runs_out(
    pair: tuple[OperatorProcess, OperatorProcess],
) -> None:
    leader, standby = pair
    leader.stop(signal.SIGKILL)
    eventually(lambda: leads(standby), seconds=2 * LEASE_SECONDS)


def test_a_leader_that_cannot_renew_stops_before_another_may_begin(
    control_plane: ControlPlane, start_operator: Callable[..., OperatorProcess]
) -> None:
    with FaultProxy(control_plane) as proxy:
        cut_off = start_operator(server=proxy.url)
        eventually(lambda: leads(cut_off))
        standby = start_operator()
        proxy.plan = lambda call: Fault(drops=True) if "leases" in call.path else None
        eventually(lambda: not cut_off.runs(), seconds=LEASE_SECONDS)
        assert not leads(standby)
        assert cut_off.stop() == 1
        eventually(lambda: leads(standby), seconds=LEASE_SECONDS)


def test_without_an_election_it_works_whoever_has_the_lease_and_renews_it_to_see_its_watches(
    start_operator: Callable[..., OperatorProcess], kubectl: Kubectl
) -> None:
    other = start_operator()
    eventually(lambda: leads(other))
    alone = start_operator("--leader-election=false")
    eventually(lambda: leads(alone))
    before = holder(kubectl)
    assert other.stop() == 0
    eventually(lambda: holder(kubectl) not in {"", before})
    assert alone.stop() == 0
    assert holder(kubectl) == ""
