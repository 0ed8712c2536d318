"""What a real Prometheus makes of rules and dashboards, while a server of ours is under load."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from modelserver_operator.autoscaling.ratio import METRIC_NAME, Basis, adapter_rule, total
from modelserver_operator.monitoring.alerts import ALERTS
from modelserver_operator.monitoring.dashboards import as_json, fleet, single
from modelserver_runtime.metrics.meters import BOUNDS

if TYPE_CHECKING:
    from conftest import Prometheus

DASHBOARDS = {"fleet": json.loads(as_json(fleet())), "single": json.loads(as_json(single()))}
CHOSEN = {
    "$namespace": "default",
    "$server": "demo-ovms",
    "$model": "tiny",
    "$__rate_interval": "30s",
}


def filled_in(query: str) -> str:
    for variable, value in CHOSEN.items():
        query = query.replace(variable, value)
    return query


def queries() -> Iterator[Any]:
    for name, dashboard in DASHBOARDS.items():
        for panel in dashboard["panels"]:
            for target in panel.get("targets", ()):
                case = f"{name}: {panel['title']}, {target['refId']}"
                yield pytest.param(target["expr"], id=case)


@pytest.mark.parametrize("query", queries())
def test_every_query_of_a_dashboard_returns_data(prometheus_api: Prometheus, query: str) -> None:
    assert prometheus_api.values(filled_in(query))


@pytest.mark.parametrize("name", DASHBOARDS)
def test_every_variable_offers_something(prometheus_api: Prometheus, name: str) -> None:
    variables = DASHBOARDS[name]["templating"]["list"]
    asked = [variable["query"] for variable in variables if variable["type"] == "query"]
    assert asked
    for query in map(filled_in, asked):
        selector, label = re.fullmatch(r"label_values\((.+), (\w+)\)", query).groups()  # type: ignore[union-attr]
        selector = selector.replace("{}", "")
        assert prometheus_api.get(f"label/{label}/values", **{"match[]": selector}), query


@pytest.mark.parametrize("basis", Basis)
def test_the_adapter_gets_a_ratio_for_each_pod(prometheus_api: Prometheus, basis: Basis) -> None:
    query = adapter_rule("30s", basis=basis)["metricsQuery"]
    query = query.replace("<<.LabelMatchers>>", 'namespace="default",pod=~"demo-.*"')
    assert len(prometheus_api.values(query.replace("<<.GroupBy>>", "pod"))) == 1


def test_keda_gets_the_sum(prometheus_api: Prometheus) -> None:
    (busy,) = prometheus_api.values(total("default", "demo-ovms", "30s"))
    assert 0 < busy < 10


def test_the_rule_is_found_by_its_series(prometheus_api: Prometheus) -> None:
    rule = adapter_rule()
    found = prometheus_api.get("series", **{"match[]": rule["seriesQuery"]})
    names = {series["__name__"] for series in found}
    assert {re.sub(rule["name"]["matches"], rule["name"]["as"], name) for name in names} == {
        METRIC_NAME
    }


def test_buckets_keep_the_integers_that_public_dashboards_select(
    prometheus_api: Prometheus,
) -> None:
    stored = prometheus_api.get("label/le/values", **{"match[]": "ovms_request_time_us_bucket"})
    assert set(stored) == {*map(str, BOUNDS), "+Inf"}


def test_prometheus_evaluates_every_alert(prometheus_api: Prometheus) -> None:
    (group,) = prometheus_api.get("rules")["groups"]
    assert [rule["name"] for rule in group["rules"]] == [alert.name for alert in ALERTS]
    assert not [rule["lastError"] for rule in group["rules"] if rule.get("lastError")]
