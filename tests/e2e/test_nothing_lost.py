"""Requests go on being answered while what answers them changes.

One server is under load all the time, at 60 % of what a replica can do; the tests change it in the
order in which they stand here, and count what failed meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from control_plane import Kubectl
from real_cluster import Cluster
from real_cluster.figures import record
from real_cluster.load import Load
from real_cluster.namespaces import namespace
from real_cluster.ocr import RESOURCES, change, ocr
from real_cluster.pods import calls, staying
from real_cluster.product import NAMESPACE
from real_cluster.traffic import Traffic

TITLE = "nothing-lost"
SHARE = 0.6  # of what one replica can do, half of it over each protocol
CALLERS = 100  # so many connections fall evenly on three pods

# Three replicas and one that starts have what the node has: none takes it from another.
LIMITS = {"limits": RESOURCES["limits"] | {"cpu": "500m"}}

SERVER = ocr(
    monitoring={"metrics_enable": True}, deployment_parameters={"resources": RESOURCES | LIMITS}
)


@pytest.fixture(scope="module")
def traffic(cluster: Cluster, models: Path) -> Iterator[Traffic]:
    """One replica, and load on it over REST and over gRPC."""
    with namespace(cluster, models) as kubectl:
        kubectl.apply(SERVER)
        kubectl("wait", "--for=condition=Ready", "modelserver/ocr", "--timeout=120s")
        rate = SHARE * capacity(kubectl)
        with Traffic.on(kubectl, TITLE, rate, grpc_connections=CALLERS) as traffic:
            with traffic.unharmed("before"):
                time.sleep(15)
            yield traffic


def capacity(kubectl: Kubectl, seconds: float = 8) -> float:
    """How many requests a second the server answers when the next one is always there."""
    rest, grpc = (Load(kubectl, "ocr-ovms", "ocr", 2, grpc=grpc) for grpc in (False, True))
    with rest, grpc:
        time.sleep(seconds)
    answered = (rest.answered + grpc.answered) / seconds
    record(TITLE, **{"requests/s, one replica": answered})
    return answered


def test_added_pods_take_their_share_of_grpc_calls_within_a_minute(traffic: Traffic) -> None:
    first = staying(traffic.kubectl)

    with traffic.unharmed("one to three replicas"):
        scale(traffic.kubectl, 3)
        time.sleep(60)
        added = staying(traffic.kubectl) - first
        shares = shares_of_calls(traffic.kubectl, seconds=15)

    record(TITLE, **{"shares of gRPC calls": [shares[pod] for pod in sorted(added)]})
    assert len(added) == 2
    assert min(shares[pod] for pod in added) >= 0.2


def test_a_change_of_the_spec_rolls_without_a_failed_request(traffic: Traffic) -> None:
    kubectl, before = traffic.kubectl, staying(traffic.kubectl)

    with traffic.unharmed("rollout"):
        generation = change(kubectl, models_settings={"nireq": 2})
        acted = f"--for=jsonpath={{.status.observedGeneration}}={generation}"
        kubectl("wait", "modelserver/ocr", acted, "--timeout=30s")
        kubectl("rollout", "status", "deployment/ocr-ovms", "--timeout=120s")

    assert staying(kubectl).isdisjoint(before)


def test_a_deleted_pod_is_replaced_without_a_failed_request(traffic: Traffic) -> None:
    kubectl, before = traffic.kubectl, staying(traffic.kubectl)
    one = min(before)

    with traffic.unharmed("deleted pod"):
        kubectl("delete", "pod", one)  # and wait until its last connection has gone
        kubectl("rollout", "status", "deployment/ocr-ovms", "--timeout=60s")

    assert len(staying(kubectl) - {one}) == len(before)


def test_a_restarted_operator_costs_no_request_and_no_pod(
    cluster: Cluster, traffic: Traffic
) -> None:
    operator, before = cluster.kubectl.within(NAMESPACE), staying(traffic.kubectl)

    with traffic.unharmed("operator restarts"):
        operator("rollout", "restart", "deployment/modelserver-operator")
        operator("rollout", "status", "deployment/modelserver-operator", "--timeout=120s")

    assert staying(traffic.kubectl) == before


def test_pods_that_go_answer_to_the_last(traffic: Traffic) -> None:
    with traffic.unharmed("three to one replica"):
        before = staying(traffic.kubectl)
        scale(traffic.kubectl, 1)
        going = [f"pod/{pod}" for pod in before - staying(traffic.kubectl)]
        traffic.kubectl("wait", "--for=delete", *going, "--timeout=150s")
        time.sleep(5)


def scale(kubectl: Kubectl, replicas: int) -> None:
    kubectl("scale", "modelserver/ocr", f"--replicas={replicas}")
    there = f"--for=jsonpath={{.status.readyReplicas}}={replicas}"
    kubectl("wait", "deployment/ocr-ovms", there, "--timeout=60s")


def shares_of_calls(kubectl: Kubectl, seconds: float) -> dict[str, float]:
    """Which part of the gRPC calls of some time each pod has answered."""
    before = {pod: calls(kubectl, pod) for pod in staying(kubectl)}
    time.sleep(seconds)
    during = {pod: calls(kubectl, pod) - count for pod, count in before.items()}
    return {pod: round(count / sum(during.values()), 3) for pod, count in during.items()}
