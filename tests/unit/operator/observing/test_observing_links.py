"""Each link of the metrics' chain, holding and broken, against real HTTP servers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from decimal import Decimal
from typing import Any

import aiohttp
import pytest

from canned_cluster import CannedCluster
from modelserver_operator.autoscaling.ratio import METRIC_NAME
from modelserver_operator.cluster import Forbidden, Unreachable
from modelserver_operator.cluster.kinds import PROMETHEUS, SERVICE
from modelserver_operator.observing.http import Http, Web
from modelserver_operator.observing.links.adapter import adapter_link
from modelserver_operator.observing.links.autoscaler import autoscaler_link
from modelserver_operator.observing.links.monitor import SelectorReader, monitor_link
from modelserver_operator.observing.links.prometheus import prometheus_links
from modelserver_operator.observing.links.server import server_link
from modelserver_operator.observing.prometheus import PrometheusApi, find_prometheus
from modelserver_operator.status import SkippedKind, SkipReason
from modelserver_operator.status.observed import Autoscaler, Finding, Link, Said, Verdict
from modelserver_operator.status.reasons import Reason

Manifest = dict[str, Any]
Serve = Callable[[Mapping[str, object]], Awaitable[str]]


@pytest.fixture
async def http() -> AsyncIterator[Web]:
    async with aiohttp.ClientSession() as session:
        yield Http(session)


def broken(link: Link, reason: Reason) -> tuple[Link, Verdict, str]:
    return link, Verdict.BROKEN, reason


def holds(link: Link) -> tuple[Link, Verdict, str]:
    return link, Verdict.HOLDS, ""


def unchecked(link: Link) -> tuple[Link, Verdict, str]:
    return link, Verdict.NOT_CHECKED, ""


def gist(finding: Finding) -> tuple[Link, Verdict, str]:
    return finding.link, finding.verdict, finding.reason


# the server

STREAMS = 'ovms_streams{name="resnet",version="1"} 2\n'
LITTLE = 'ovms_request_time_us_sum{name="resnet"} 5\n'
OURS = 'modelserver_requests_in_progress_seconds_total{name="resnet"} 5\n'


@pytest.mark.parametrize(
    ("metrics", "expected"),
    [
        (STREAMS + OURS, holds(Link.SERVER)),
        (STREAMS + LITTLE, holds(Link.SERVER)),
        (STREAMS, broken(Link.SERVER, Reason.SERIES_MISSING)),
        (LITTLE, broken(Link.SERVER, Reason.SERIES_MISSING)),
        ("# HELP ovms_streams x\n" + LITTLE, broken(Link.SERVER, Reason.SERIES_MISSING)),
        (400, broken(Link.SERVER, Reason.SERIES_MISSING)),
    ],
)
async def test_a_server_exports_the_series(
    http: Web, serve: Serve, metrics: object, expected: object
) -> None:
    assert gist(await server_link(http, [await serve({"/metrics": metrics})])) == expected


async def test_a_server_that_gives_no_answer_proves_nothing(http: Web) -> None:
    assert gist(await server_link(http, ["http://127.0.0.1:1"])) == unchecked(Link.SERVER)


# the ServiceMonitor


def monitor(**labels: str) -> Manifest:
    return {"metadata": {"name": "demo-ovms", "namespace": "models", "labels": labels}}


def prometheus(namespace: str = "monitoring", **spec: object) -> Manifest:
    return {
        "kind": "Prometheus",
        "metadata": {"name": "k8s", "namespace": namespace},
        "spec": spec,
    }


NAMESPACES = [{"kind": "Namespace", "metadata": {"name": "models", "labels": {"team": "a"}}}]
RELEASE = {"matchLabels": {"release": "prometheus"}}


@pytest.mark.parametrize(
    ("by", "labels", "expected"),
    [
        (prometheus(serviceMonitorSelector={}, serviceMonitorNamespaceSelector={}), {}, "holds"),
        (prometheus(serviceMonitorNamespaceSelector={}), {}, "broken"),
        (prometheus("models", serviceMonitorSelector={}), {}, "holds"),
        (prometheus("other", serviceMonitorSelector={}), {}, "broken"),
        (prometheus("models", serviceMonitorSelector=RELEASE), {"release": "prometheus"}, "holds"),
        (prometheus("models", serviceMonitorSelector=RELEASE), {"release": "demo"}, "broken"),
        (
            prometheus(
                serviceMonitorSelector={},
                serviceMonitorNamespaceSelector={"matchLabels": {"team": "a"}},
            ),
            {},
            "holds",
        ),
        (
            prometheus(
                serviceMonitorSelector={},
                serviceMonitorNamespaceSelector={"matchLabels": {"team": "b"}},
            ),
            {},
            "broken",
        ),
    ],
)
async def test_a_prometheus_selects_the_monitor(
    by: Manifest, labels: dict[str, str], expected: str
) -> None:
    monitors = [monitor(**labels)]
    selectors = await SelectorReader(CannedCluster(by, *NAMESPACES)).read(monitors)

    assert monitor_link(monitors, [], selectors).verdict == expected


async def test_labels_that_are_missing_are_told() -> None:
    by = prometheus("models", serviceMonitorSelector=RELEASE)
    monitors = [monitor(a="b")]
    selectors = await SelectorReader(CannedCluster(by)).read(monitors)
    finding = monitor_link(monitors, [], selectors)

    assert finding.reason == Reason.MONITOR_NOT_SELECTED
    assert finding.detail == (
        "ServiceMonitor demo-ovms has a: b; models/k8s selects release: prometheus."
    )


async def test_without_prometheus_objects_nothing_is_known() -> None:
    gone, secret = CannedCluster(), CannedCluster()
    gone.not_served.add(PROMETHEUS)
    secret.refusing[PROMETHEUS] = Forbidden("no")

    for cluster in (gone, secret, CannedCluster()):
        selectors = await SelectorReader(cluster).read([monitor()])
        assert gist(monitor_link([monitor()], [], selectors)) == unchecked(Link.MONITOR)


def test_no_monitor_at_all() -> None:
    skipped = SkippedKind("ServiceMonitor", SkipReason.NOT_INSTALLED)

    assert gist(monitor_link([], [], "")) == broken(Link.MONITOR, Reason.MONITOR_MISSING)
    assert gist(monitor_link([], [skipped], "")) == broken(Link.MONITOR, Reason.MONITOR_SKIPPED)


# Prometheus


def vector(*values: str) -> Manifest:
    result = [{"metric": {}, "value": [0, value]} for value in values]
    return {"status": "success", "data": {"resultType": "vector", "result": result}}


@pytest.mark.parametrize(
    ("answer", "expected", "ratio"),
    [
        (vector("1", "1"), [holds(Link.SCRAPE), holds(Link.RATIO)], Decimal(1)),
        (
            vector("0", "0"),
            [broken(Link.SCRAPE, Reason.SCRAPE_FAILS), holds(Link.RATIO)],
            Decimal(0),
        ),
        (
            vector(),
            [broken(Link.SCRAPE, Reason.NOT_SCRAPED), broken(Link.RATIO, Reason.NO_RATIO)],
            None,
        ),
        (
            vector("NaN"),
            [broken(Link.SCRAPE, Reason.NOT_SCRAPED), broken(Link.RATIO, Reason.NO_RATIO)],
            None,
        ),
        (503, [unchecked(Link.SCRAPE)], None),
        ("<html>", [unchecked(Link.SCRAPE)], None),
    ],
)
async def test_prometheus_scrapes_and_has_a_ratio(
    serve: Serve, answer: object, expected: list[object], ratio: Decimal | None
) -> None:
    url = await serve({"/api/v1/query": answer})

    findings, asked = await prometheus_links(PrometheusApi(url), 'namespace="a"', "1m")

    assert [gist(finding) for finding in findings] == expected
    assert asked == ratio


async def test_no_prometheus_is_known() -> None:
    findings, _ = await prometheus_links(None, "", "1m")

    assert [gist(finding) for finding in findings] == [unchecked(Link.SCRAPE)]


async def test_prometheus_is_found_by_the_service_of_its_operator() -> None:
    labels = {"operated-prometheus": "true"}
    home = {"name": "prometheus-operated", "namespace": "monitoring", "labels": labels}
    cluster = CannedCluster({"kind": "Service", "metadata": home})

    assert await find_prometheus(cluster) == "http://prometheus-operated.monitoring.svc:9090"

    cluster.refusing[SERVICE] = Forbidden("no")
    assert await find_prometheus(cluster) is None


# the adapter

API = "/apis/custom.metrics.k8s.io"
GROUP = {"preferredVersion": {"groupVersion": "custom.metrics.k8s.io/v1beta2"}}
RATIOS = f"{API}/v1beta2/namespaces/models/pods/*/{METRIC_NAME}?labelSelector=app%3Ddemo-ovms"
TWO = {"items": [{"value": "500m"}, {"value": "1"}]}


@pytest.mark.parametrize(
    ("paths", "expected", "ratio"),
    [
        ({API: GROUP, RATIOS: TWO}, holds(Link.ADAPTER), Decimal("0.75")),
        ({API: GROUP}, broken(Link.ADAPTER, Reason.METRIC_NOT_SERVED), None),
        (
            {API: GROUP, RATIOS: {"items": []}},
            broken(Link.ADAPTER, Reason.METRIC_NOT_SERVED),
            None,
        ),
        ({}, broken(Link.ADAPTER, Reason.ADAPTER_MISSING), None),
    ],
)
async def test_the_adapter_serves_the_ratio(
    paths: Mapping[str, object], expected: object, ratio: Decimal | None
) -> None:
    finding, served = await adapter_link(CannedCluster(paths=paths), "models", "app=demo-ovms")

    assert (gist(finding), served) == (expected, ratio)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (Unreachable("service unavailable"), broken(Link.ADAPTER, Reason.ADAPTER_MISSING)),
        (Forbidden("no"), unchecked(Link.ADAPTER)),
    ],
)
async def test_an_adapter_that_does_not_answer(error: Exception, expected: object) -> None:
    cluster = CannedCluster()
    cluster.refusing[API] = error

    finding, _ = await adapter_link(cluster, "models", "app=demo-ovms")

    assert gist(finding) == expected


# the autoscaler


def says(status: str, reason: str, *, reads_ratio: bool = True) -> Autoscaler:
    said = Said("ScalingActive", status, reason, "words")
    conditions = {"ScalingActive": said}
    return Autoscaler(
        "HorizontalPodAutoscaler", "a", reads_ratio=reads_ratio, conditions=conditions
    )


@pytest.mark.parametrize(
    ("autoscaler", "expected"),
    [
        (says("True", "ValidMetricFound"), holds(Link.AUTOSCALER)),
        (
            says("False", "FailedGetPodsMetric"),
            broken(Link.AUTOSCALER, Reason.AUTOSCALER_READS_NOTHING),
        ),
        (says("False", "ScalingDisabled"), unchecked(Link.AUTOSCALER)),
        (says("True", "ValidMetricFound", reads_ratio=False), unchecked(Link.AUTOSCALER)),
        (Autoscaler("HorizontalPodAutoscaler", "a"), unchecked(Link.AUTOSCALER)),
    ],
)
def test_an_autoscaler_reads_the_ratio(autoscaler: Autoscaler, expected: object) -> None:
    assert gist(autoscaler_link([autoscaler])) == expected
