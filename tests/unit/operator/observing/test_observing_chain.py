"""The observer as a whole: a pod, a Prometheus that has its ratio, an adapter without our rule."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

import pytest

from canned_cluster import CannedCluster
from modelserver_operator.cluster import Unreachable
from modelserver_operator.cluster.kinds import POD
from modelserver_operator.observing import Observer
from modelserver_operator.status import Observed, PassFacts
from observations import EXPECTED

Manifest = dict[str, Any]
Serve = Callable[[Mapping[str, object]], Awaitable[str]]


class Web(Protocol):
    servers: dict[str, str]


METADATA = {"name": "demo", "namespace": "default", "uid": "u-1"}
LABELS = {"app": "demo-ovms"}
DEPLOYMENT = {
    "metadata": {"name": "demo-ovms", "namespace": "default", "generation": 1},
    "spec": {"replicas": 1, "selector": {"matchLabels": LABELS}},
    "status": {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1},
}
SERIES = "ovms_streams 1\novms_request_time_us_sum 1\n"
RATIO = {"data": {"result": [{"value": [0, "2.5"]}]}}


def pod(ready_for: timedelta) -> Manifest:
    since = (datetime.now(UTC) - ready_for).isoformat()
    ready = {"type": "Ready", "status": "True", "lastTransitionTime": since}
    return {
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": "default", "uid": "p", "labels": LABELS},
        "status": {"phase": "Running", "podIP": "10.0.0.1", "conditions": [ready]},
    }


@pytest.fixture
async def prometheus(web_of_pods: Web, serve: Serve) -> str:
    server = {"/v1/config": {}, "/metrics": SERIES}
    web_of_pods.servers["10.0.0.1:8081"] = await serve(server)
    return await serve({"/api/v1/query": RATIO})


async def observed(
    cluster: CannedCluster, web: Web, prometheus: str, provider: str | None = "hpa"
) -> Observed:
    expected = replace(EXPECTED, measured=True, provider=provider)
    observer = Observer(cluster, web, prometheus)
    return await observer.observe(METADATA, expected, PassFacts(deployment=DEPLOYMENT))


def links(seen: Observed) -> dict[str, str]:
    assert seen.chain is not None
    return {str(finding.link): str(finding.verdict) for finding in seen.chain.findings}


async def test_each_link_is_looked_at(web_of_pods: Web, prometheus: str) -> None:
    seen = await observed(CannedCluster(pod(timedelta(hours=1))), web_of_pods, prometheus)

    assert links(seen) == {
        "server": "holds",
        "monitor": "broken",
        "scrape": "holds",
        "ratio": "holds",
        "adapter": "broken",
        "autoscaler": "not checked",
    }
    assert seen.chain is not None
    assert seen.chain.asked == Decimal("2.5")


async def test_new_pods_need_not_have_been_scraped(web_of_pods: Web, prometheus: str) -> None:
    seen = await observed(CannedCluster(pod(timedelta(seconds=5))), web_of_pods, prometheus)

    assert links(seen)["adapter"] == "not checked"


async def test_keda_needs_no_adapter(web_of_pods: Web, prometheus: str) -> None:
    cluster = CannedCluster(pod(timedelta(hours=1)))

    seen = await observed(cluster, web_of_pods, prometheus, provider="keda")

    assert "adapter" not in links(seen)


async def test_without_an_autoscaler_the_chain_ends_at_the_ratio(
    web_of_pods: Web, prometheus: str
) -> None:
    cluster = CannedCluster(pod(timedelta(hours=1)))

    seen = await observed(cluster, web_of_pods, prometheus, provider=None)

    assert list(links(seen)) == ["server", "monitor", "scrape", "ratio"]


async def test_an_autoscaler_on_something_else_needs_no_chain(
    web_of_pods: Web, prometheus: str
) -> None:
    cpu = {"type": "Resource", "resource": {"name": "cpu"}}
    autoscaler = {
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "demo"},
        "spec": {"scaleTargetRef": {"kind": "ModelServer"}, "metrics": [cpu]},
    }
    facts = PassFacts(deployment=DEPLOYMENT, autoscalers=(autoscaler,))
    observer = Observer(CannedCluster(pod(timedelta(hours=1))), web_of_pods, prometheus)

    seen = await observer.observe(METADATA, replace(EXPECTED, measured=False), facts)

    assert seen.autoscalers
    assert seen.chain is None


async def test_without_a_pod_there_is_nothing_to_look_at(web_of_pods: Web, prometheus: str) -> None:
    assert links(await observed(CannedCluster(), web_of_pods, prometheus)) == {
        "server": "not checked"
    }


async def test_nothing_is_asked_twice_in_a_moment(web_of_pods: Web, prometheus: str) -> None:
    cluster = CannedCluster(pod(timedelta(hours=1)))
    expected = replace(EXPECTED, measured=True, provider="hpa")
    observer = Observer(cluster, web_of_pods, prometheus)
    await observer.observe(METADATA, expected, PassFacts(deployment=DEPLOYMENT))
    cluster.asked.clear()

    await observer.observe(METADATA, expected, PassFacts(deployment=DEPLOYMENT))

    assert cluster.asked == [POD]


async def test_an_api_server_that_falls_silent_is_a_fact(web_of_pods: Web) -> None:
    cluster = CannedCluster()
    cluster.refusing[POD] = Unreachable("the API server does not answer")

    seen = await observed(cluster, web_of_pods, "http://127.0.0.1:1")

    assert seen.facts.failure == "the API server does not answer"


async def test_before_there_is_a_deployment_nothing_is_read(web_of_pods: Web) -> None:
    cluster = CannedCluster()

    await Observer(cluster, web_of_pods, None).observe(METADATA, EXPECTED, PassFacts())

    assert cluster.asked == []
