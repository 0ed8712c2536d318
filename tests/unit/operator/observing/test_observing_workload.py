"""What manifests of Deployments and pods tell."""

from __future__ import annotations

from typing import Any

import pytest

from modelserver_operator.observing.workload import (
    current_hash,
    is_alive,
    is_rolled_out,
    read_pod,
    workload,
)
from modelserver_operator.status.observed import Pod, Said

Manifest = dict[str, Any]


def deployment(image: str = "a", **status: int) -> Manifest:
    template = {"metadata": {"labels": {"app": "x"}}, "spec": {"image": image}}
    return {
        "metadata": {"generation": 2},
        "spec": {"replicas": 3, "template": template},
        "status": {"observedGeneration": 2, **status},
    }


def replica_set(image: str, hash_: str) -> Manifest:
    labels = {"app": "x", "pod-template-hash": hash_}
    template = {"metadata": {"creationTimestamp": None, "labels": labels}, "spec": {"image": image}}
    return {"spec": {"template": template}}


@pytest.mark.parametrize(
    ("status", "done"),
    [
        ({"replicas": 3, "updatedReplicas": 3}, True),
        ({"replicas": 3, "updatedReplicas": 2}, False),
        ({"replicas": 3, "updatedReplicas": 3, "observedGeneration": 1}, False),
        ({}, True),
    ],
)
def test_a_rollout_is_done_when_no_older_pod_is_left(status: dict[str, int], *, done: bool) -> None:
    assert is_rolled_out(deployment(**status)) is done


def test_the_newest_template_is_that_of_the_replica_set_that_has_it() -> None:
    older, newer = replica_set("a", "1"), replica_set("b", "2")

    assert current_hash(deployment("b"), [older, newer]) == "2"
    assert current_hash(deployment("c"), [older, newer]) is None


def test_counts_are_the_deployments_own() -> None:
    pods = [Pod("a"), Pod("b", current=False)]

    seen = workload(deployment(replicas=2, readyReplicas=1), pods)

    assert (seen.replicas, seen.ready, seen.updated, seen.wanted) == (2, 1, 1, 3)


@pytest.mark.parametrize(
    ("pod", "alive"),
    [
        ({"metadata": {}, "status": {"phase": "Running"}}, True),
        ({"metadata": {}}, True),
        ({"metadata": {"deletionTimestamp": "now"}, "status": {"phase": "Running"}}, False),
        ({"metadata": {}, "status": {"phase": "Failed", "reason": "Evicted"}}, False),
    ],
)
def test_pods_that_go_or_have_gone_do_not_count(pod: Manifest, *, alive: bool) -> None:
    assert is_alive(pod) is alive


def pod(**status: object) -> Manifest:
    return {"metadata": {"name": "p"}, "status": status}


def container(**states: object) -> Manifest:
    return pod(containerStatuses=[{"name": "ovms", "restartCount": 2, **states}])


def test_a_container_that_waits_says_why() -> None:
    waiting = {"waiting": {"reason": "ErrImagePull", "message": "not found"}}

    seen = read_pod(container(state=waiting), current=True)

    assert seen.waiting == Said("ovms", "False", "ErrImagePull", "not found")
    assert seen.restarts == 2


def test_being_created_is_no_reason_to_wait() -> None:
    assert (
        read_pod(
            container(state={"waiting": {"reason": "ContainerCreating"}}), current=True
        ).waiting
        is None
    )


def test_how_a_container_ended_last() -> None:
    ended = {"terminated": {"reason": "Error", "exitCode": 64, "message": "no such flag\n"}}

    assert read_pod(container(state={}, lastState=ended), current=True).terminated == (
        "Error, exit code 64: no such flag"
    )


def test_a_container_that_did_what_it_was_there_for_did_not_fail() -> None:
    assert not read_pod(container(state={"terminated": {"exitCode": 0}}), current=True).terminated


def test_the_schedulers_words() -> None:
    condition = {"type": "PodScheduled", "status": "False", "message": "Insufficient memory"}

    assert (
        read_pod(pod(conditions=[condition]), current=True).unschedulable == "Insufficient memory"
    )
