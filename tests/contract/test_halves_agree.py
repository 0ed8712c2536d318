"""What the operator renders and the runtime promises, held against each other.

The two packages share no code, so nothing but these tests keeps them in step.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelserver_operator.autoscaling import ratio
from modelserver_operator.controller.known import Known
from modelserver_operator.controller.metrics import Metrics as OperatorMetrics
from modelserver_operator.controller.server_gauges import ServerGauges
from modelserver_operator.local.pods import pod
from modelserver_operator.monitoring.alerts import ALERTS
from modelserver_operator.monitoring.dashboards import as_json, fleet, single
from modelserver_runtime import flags
from modelserver_runtime.engine import threads
from modelserver_runtime.metrics import Metrics as RuntimeMetrics
from modelserver_runtime.metrics import enabled_families, exposition

ROOT = Path(__file__).parents[2]
GOLDENS = sorted((ROOT / "tests/golden/render").glob("*.yaml"))
REST_API = json.loads((ROOT / "docs/openapi.json").read_text())["paths"]


def objects(kind: str) -> Iterator[Any]:
    """Every rendered object of a kind, as a case of its own."""
    for golden in GOLDENS:
        for manifest in yaml.safe_load_all(golden.read_text()):
            if manifest["kind"] == kind:
                yield pytest.param(manifest, id=golden.stem)


def container(deployment: dict[str, Any]) -> dict[str, Any]:
    return deployment["spec"]["template"]["spec"]["containers"][0]  # type: ignore[no-any-return]


@pytest.mark.parametrize("deployment", objects("Deployment"))
def test_rendered_arguments_are_flags_of_the_runtime(deployment: dict[str, Any]) -> None:
    line = flags.parse(container(deployment)["args"])
    ports = {port["name"]: port["containerPort"] for port in container(deployment)["ports"]}
    assert ports == {"grpc": line.server.port, "rest": line.server.rest_port}


@pytest.mark.parametrize("deployment", objects("Deployment"))
def test_rendered_probes_ask_what_the_runtime_answers(deployment: dict[str, Any]) -> None:
    probes = [value for key, value in container(deployment).items() if key.endswith("Probe")]
    assert probes
    for probe in probes:
        assert "get" in REST_API[probe["httpGet"]["path"]]
        assert probe["httpGet"]["port"] == "rest"


@pytest.mark.parametrize("monitor", objects("ServiceMonitor"))
def test_what_is_scraped_is_the_runtimes_metrics_page(monitor: dict[str, Any]) -> None:
    for endpoint in monitor["spec"]["endpoints"]:
        assert REST_API[endpoint["path"]]["get"]["summary"] == "What Prometheus reads"


def exported_series() -> set[str]:
    metrics = RuntimeMetrics()
    meter = metrics.version("m", 1)
    meter.load(1, 1, lambda: 0)
    meter.devices, meter.loaded_from_cache, meter.load_seconds = ("CPU",), True, 1.0
    lines = exposition(metrics, enabled_families(None)).splitlines()
    return {re.split(r"[{ ]", line)[0] for line in lines if not line.startswith("#")}


def exported_by_the_operator() -> set[str]:
    metrics = OperatorMetrics(ServerGauges(Known(), lambda: True), lambda: 0.0, lambda: True)
    return set(re.findall(r"^# TYPE (\w+)", metrics.exposition().decode(), re.MULTILINE))


def queries() -> Iterator[Any]:
    """Every query that the operator hands to anybody, as a case of its own."""
    for basis in ratio.Basis:
        yield pytest.param(ratio.per_pod("", "1m", basis=basis), id=basis)
    for alert in ALERTS:
        yield pytest.param(alert.expression, id=alert.name)
    for made in (fleet(), single()):
        dashboard = json.loads(as_json(made))
        for panel in dashboard["panels"]:
            for target in panel.get("targets", ()):
                case = f"{dashboard['title']}: {panel['title']}, {target['refId']}"
                yield pytest.param(target["expr"], id=case)


@pytest.mark.parametrize("query", queries())
def test_every_series_that_is_asked_for_is_exported(query: str) -> None:
    named = set(re.findall(r"\b(?:ovms|modelserver)_\w+", query))
    assert named
    assert named <= exported_series() | exported_by_the_operator()


def test_the_processor_limit_has_one_name() -> None:
    assert pod.CPU_LIMIT == threads.CPU_LIMIT
