"""Pods are asked for their models, and those that cannot start for their events."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from canned_cluster import CannedCluster
from modelserver_operator.cluster import Forbidden
from modelserver_operator.cluster.kinds import EVENT, POD, REPLICA_SET
from modelserver_operator.observing.pods import Pods

Manifest = dict[str, Any]
Serve = Callable[[Mapping[str, object]], Awaitable[str]]


class Web(Protocol):
    servers: dict[str, str]


LABELS = {"app": "demo-ovms", "release": "demo"}
FINE = {"error_code": "OK", "error_message": "OK"}
STATUS = {"model_version_status": [{"version": "1", "state": "AVAILABLE", "status": FINE}]}


def deployment(**status: int) -> Manifest:
    template = {"metadata": {"labels": LABELS}, "spec": {"image": "new"}}
    return {
        "kind": "Deployment",
        "metadata": {"name": "demo-ovms", "namespace": "default", "generation": 1},
        "spec": {"selector": {"matchLabels": LABELS}, "template": template},
        "status": {"observedGeneration": 1, **status},
    }


def pod(name: str, hash_: str = "new", **status: object) -> Manifest:
    labels = {**LABELS, "pod-template-hash": hash_}
    metadata = {"name": name, "namespace": "default", "uid": name, "labels": labels}
    return {"kind": "Pod", "metadata": metadata, "status": status}


def running(name: str, ip: str, hash_: str = "new") -> Manifest:
    ready = {"type": "Ready", "status": "True"}
    return pod(name, hash_, phase="Running", podIP=ip, conditions=[ready])


async def test_each_pod_is_asked_for_its_models(web_of_pods: Web, serve: Serve) -> None:
    web_of_pods.servers["10.0.0.1:8081"] = await serve({"/v1/config": {"resnet": STATUS}})
    pods = Pods(CannedCluster(running("a", "10.0.0.1")), web_of_pods)
    manifests = await pods.manifests(deployment())

    (seen,) = await pods.read(deployment(), manifests)

    assert seen.models is not None
    assert [model.model for model in seen.models] == ["resnet"]


async def test_a_pod_without_an_answer_is_not_asked_again_at_once(web_of_pods: Web) -> None:
    web_of_pods.servers["10.0.0.1:8081"] = "http://127.0.0.1:1"
    pods, manifests = Pods(CannedCluster(), web_of_pods), [running("a", "10.0.0.1")]

    (first,) = await pods.read(deployment(), manifests)
    web_of_pods.servers.clear()
    (second,) = await pods.read(deployment(), manifests)

    assert first.models is None
    assert first.unreachable
    assert first == second


async def test_a_pod_that_starts_is_not_asked(web_of_pods: Web) -> None:
    (seen,) = await Pods(CannedCluster(), web_of_pods).read(deployment(), [pod("a")])

    assert (seen.models, seen.unreachable) == (None, "")


async def test_older_pods_are_told_from_newer_ones(web_of_pods: Web) -> None:
    labels = {**LABELS, "pod-template-hash": "new"}
    template = {"metadata": {"labels": labels}, "spec": {"image": "new"}}
    home = {"namespace": "default", "labels": LABELS}
    cluster = CannedCluster(
        {"kind": "ReplicaSet", "metadata": home, "spec": {"template": template}}
    )
    mixed = deployment(replicas=2, updatedReplicas=1)

    seen = await Pods(cluster, web_of_pods).read(mixed, [pod("a"), pod("b", "old")])

    assert [one.current for one in seen] == [True, False]


async def test_replica_sets_are_read_only_during_a_rollout(web_of_pods: Web) -> None:
    cluster = CannedCluster()

    await Pods(cluster, web_of_pods).read(deployment(), [pod("a")])

    assert REPLICA_SET not in cluster.asked


def event(reason: str, last: str) -> Manifest:
    return {
        "kind": "Event",
        "metadata": {"namespace": "default"},
        "reason": reason,
        "note": "why",
        "deprecatedLastTimestamp": last,
    }


async def test_a_pod_that_does_not_start_is_explained_by_its_newest_events(
    web_of_pods: Web,
) -> None:
    cluster = CannedCluster(
        event("Older", "2026-01-31T11:00:00Z"), event("Newer", "2026-01-31T12:00:00Z")
    )

    (seen,) = await Pods(cluster, web_of_pods).read(deployment(), [pod("a", phase="Pending")])

    assert [said.reason for said in seen.events] == ["Newer", "Older"]


async def test_events_that_may_not_be_read_explain_nothing(web_of_pods: Web) -> None:
    cluster = CannedCluster()
    cluster.refusing[EVENT] = Forbidden("no")

    (seen,) = await Pods(cluster, web_of_pods).read(deployment(), [pod("a", phase="Pending")])

    assert seen.events == ()


async def test_only_pods_that_stay_are_read(web_of_pods: Web) -> None:
    going = pod("b")
    going["metadata"]["deletionTimestamp"] = "2026-01-31T12:00:00Z"
    cluster = CannedCluster(pod("a"), going)

    (seen,) = await Pods(cluster, web_of_pods).manifests(deployment())

    assert seen["metadata"]["name"] == "a"
    assert cluster.asked == [POD]


async def test_a_deployment_that_kubernetes_has_not_seen_has_no_pods(web_of_pods: Web) -> None:
    cluster = CannedCluster()
    pods, unseen = Pods(cluster, web_of_pods), {**deployment(), "status": {}}
    assert await pods.read(unseen, await pods.manifests(unseen)) == ()
    assert cluster.asked == []
