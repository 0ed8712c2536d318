"""`modelserver-operator monitoring`: the forms in which a cluster's one rule and alerts come."""

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from modelserver_operator.autoscaling.ratio import METRIC_NAME
from modelserver_operator.cli import main

Printed = Callable[..., Any]


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Printed:
    """Run the command and read the one document that it prints."""

    def run(*argv: str) -> object:
        assert main(["monitoring", *argv]) == 0
        return yaml.safe_load(capsys.readouterr().out)

    return run


@pytest.mark.parametrize(
    ("form", "path"), [("config", ["rules"]), ("helm-values", ["rules", "custom"])]
)
def test_the_adapter_rule_is_one_rule_in_each_form(
    printed: Printed, form: str, path: list[str]
) -> None:
    node = printed("adapter-rule", "--form", form, "--window", "30s")
    for step in path:
        node = node[step]
    (rule,) = node
    assert rule["name"]["as"] == METRIC_NAME
    assert "[30s]" in rule["metricsQuery"]


def test_the_config_map_holds_the_same_config_where_the_adapters_chart_looks(
    printed: Printed,
) -> None:
    config_map = printed("adapter-rule", "--form", "config-map")
    assert config_map["metadata"] == {"name": "adapter-config"}
    assert yaml.safe_load(config_map["data"]["config.yaml"]) == printed("adapter-rule")


def test_the_config_maps_name_namespace_and_key_can_be_set(printed: Printed) -> None:
    where = ("--name", "rules", "--namespace", "monitoring", "--key", "rules.yaml")
    config_map = printed("adapter-rule", "--form", "config-map", *where)
    assert config_map["metadata"] == {"name": "rules", "namespace": "monitoring"}
    assert list(config_map["data"]) == ["rules.yaml"]


def test_the_config_map_can_be_read_by_people(capsys: pytest.CaptureFixture[str]) -> None:
    main(["monitoring", "adapter-rule", "--form", "config-map"])
    assert "  config.yaml: |\n    rules:\n    - seriesQuery: " in capsys.readouterr().out


def test_the_blog_posts_average_is_there_for_who_wants_it(printed: Printed) -> None:
    (rule,) = printed("adapter-rule", "--basis", "gauge-average")["rules"]
    assert "avg_over_time(ovms_current_requests{" in rule["metricsQuery"]


def test_alerts_carry_the_labels_that_prometheus_selects_by(printed: Printed) -> None:
    labels = ("--label", "release=prometheus", "--label", "team=")
    rule = printed("alerts", "--name", "ours", "--namespace", "monitoring", *labels)
    assert rule["metadata"] == {
        "name": "ours",
        "namespace": "monitoring",
        "labels": {"release": "prometheus", "team": ""},
    }


def test_runbooks_are_linked_where_they_are_served(printed: Printed) -> None:
    rule = printed("alerts", "--runbooks", "https://docs.example/runbooks/")
    urls = [
        alert["annotations"]["runbook_url"]
        for group in rule["spec"]["groups"]
        for alert in group["rules"]
    ]
    assert "https://docs.example/runbooks/ModelServerMetricMissing.md" in urls


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["adapter-rule", "--window", "fast"], "must be a duration such as 30s or 1m, not fast"),
        (["adapter-rule", "--window", "0s"], "must be a duration such as 30s or 1m, not 0s"),
        (["adapter-rule", "--form", "toml"], "invalid choice: 'toml'"),
        (["alerts", "--label", "release"], "must be KEY=VALUE, not release"),
        ([], "the following arguments are required: WHAT"),
    ],
)
def test_a_mistake_is_named(argv: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["monitoring", *argv])
    assert caught.value.code == 2
    assert said in capsys.readouterr().err
