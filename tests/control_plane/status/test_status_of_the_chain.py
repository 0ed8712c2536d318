"""The chain from a server to Kubernetes' autoscaler, mended link by link."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Protocol

import pytest

from control_plane import ControlPlane, Kubectl, eventually
from control_plane.metrics_api import MetricsApi
from control_plane.passes import Passes, model_server

Condition = Callable[[str], dict[str, Any]]


class Stub(Protocol):
    address: str
    metrics: str

    def serves(self, model: str) -> None: ...


class Prometheus(Protocol):
    ups: tuple[str, ...]
    ratios: tuple[str, ...]


class Pods(Protocol):
    def run(self, address: str, *, since: timedelta) -> None: ...


@pytest.fixture
def ratio(control_plane: ControlPlane) -> Iterator[MetricsApi]:
    with MetricsApi(control_plane, "ovms_requests_streams_ratio") as metrics:
        yield metrics


def selecting(**labels: str) -> dict[str, Any]:
    """A Prometheus of the Prometheus Operator's, which selects by labels."""
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "Prometheus",
        "metadata": {"name": "k8s"},
        "spec": {"serviceMonitorSelector": {"matchLabels": labels}},
    }


async def test_the_first_broken_link_is_named_until_all_hold(
    kubectl: Kubectl,
    reconcile: Passes,
    pods: Pods,
    model_server_stub: Stub,
    prometheus_stub: Prometheus,
    ratio: MetricsApi,
    condition: Condition,
) -> None:
    async def found() -> str:
        await reconcile.restarted()()  # a new process remembers no answers
        return str(condition("MetricsAvailable")["reason"])

    model_server_stub.serves("m")
    exported, model_server_stub.metrics = model_server_stub.metrics, ""
    monitor = {"enabled": True, "labels": {"release": "prometheus"}}
    kubectl.apply(
        model_server(autoscaling={"enabled": True}, monitoring={"service_monitor": monitor}),
        selecting(release="another"),
    )
    await reconcile()
    pods.run(model_server_stub.address, since=timedelta(hours=1))
    reasons = [await found()]

    model_server_stub.metrics = exported
    reasons.append(await found())
    kubectl.apply(selecting(release="prometheus"))
    reasons.append(await found())
    prometheus_stub.ups = ("0",)
    reasons.append(await found())
    prometheus_stub.ups = ("1",)
    reasons.append(await found())
    prometheus_stub.ratios = ("0.5",)
    reasons.append(await found())
    ratio.value = "500m"
    eventually(lambda: read_by_autoscaler(kubectl))
    reasons.append(await found())

    assert reasons == [
        "SeriesMissing",
        "MonitorNotSelected",
        "NotScraped",
        "ScrapeFails",
        "NoRatio",
        "MetricNotServed",
        "MetricsFlow",
    ]
    status = kubectl.get("modelserver", "demo")["status"]
    assert status["ratio"] == "0.5"
    assert condition("ScalingActive")["reason"] == "ValidMetricFound"


def read_by_autoscaler(kubectl: Kubectl) -> bool:
    [autoscaler] = kubectl.list("horizontalpodautoscalers")
    said = autoscaler.get("status", {}).get("conditions", ())
    return any(one["type"] == "ScalingActive" and one["status"] == "True" for one in said)


async def test_a_rule_that_hides_waiting_requests_is_named(
    kubectl: Kubectl,
    reconcile: Passes,
    pods: Pods,
    model_server_stub: Stub,
    prometheus_stub: Prometheus,
    ratio: MetricsApi,
    condition: Condition,
) -> None:
    model_server_stub.serves("m")
    prometheus_stub.ups, prometheus_stub.ratios, ratio.value = ("1",), ("4",), "1"
    kubectl.apply(model_server(autoscaling={"enabled": True}))
    await reconcile()
    pods.run(model_server_stub.address, since=timedelta(hours=1))

    async def capped() -> bool:
        await reconcile.restarted()()
        return bool(condition("RatioCapped")["status"] == "True")

    assert await capped()
    assert "there are 4.0" in condition("RatioCapped")["message"]


async def test_a_ratio_alone_is_written_once_in_15_seconds(
    kubectl: Kubectl,
    reconcile: Passes,
    pods: Pods,
    model_server_stub: Stub,
    prometheus_stub: Prometheus,
) -> None:
    def told() -> object:
        return kubectl.get("modelserver", "demo")["status"]["ratio"]

    model_server_stub.serves("m")
    prometheus_stub.ups, prometheus_stub.ratios = ("1",), ("0.5",)
    kubectl.apply(model_server(monitoring={"service_monitor": {"enabled": True}}))
    await reconcile()
    pods.run(model_server_stub.address, since=timedelta(hours=1))
    await reconcile.restarted()()
    prometheus_stub.ratios = ("0.9",)
    soon = reconcile.restarted()
    outcome = await soon()
    assert (told(), soon.writes) == ("0.5", [])
    assert 0 < (outcome.after or 0) <= 15
    await reconcile.restarted(later=20)()
    assert told() == "0.9"
