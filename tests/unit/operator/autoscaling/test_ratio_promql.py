import re

import pytest

from modelserver_operator.autoscaling import ratio
from modelserver_operator.autoscaling.ratio import Basis

FORMS = [
    ratio.per_pod('namespace="a"', "1m"),
    ratio.per_pod('namespace="a"', "1m", basis=Basis.GAUGE_AVERAGE),
    ratio.total("a", "demo-ovms", "1m"),
    ratio.total("a", "demo-ovms", "1m", basis=Basis.GAUGE_AVERAGE),
    ratio.adapter_rule()["metricsQuery"],
    ratio.adapter_rule(basis=Basis.GAUGE_AVERAGE)["metricsQuery"],
]


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def test_the_expression_is_the_one_that_the_module_explains() -> None:
    assert ratio.__doc__ is not None
    assert squeezed(ratio.per_pod("M", "W", by="pod")) in squeezed(ratio.__doc__)


def test_the_gauges_average_is_the_blog_posts_query_without_unloaded_models() -> None:
    published = (
        "avg by (<<.GroupBy>>) ("
        "avg_over_time(ovms_current_requests{<<.LabelMatchers>>}[1m])"
        " / avg_over_time(ovms_streams{<<.LabelMatchers>>}[1m]))"
    )
    query = ratio.adapter_rule(basis=Basis.GAUGE_AVERAGE)["metricsQuery"]
    assert query.replace(" and ovms_streams{<<.LabelMatchers>>} > 0", "") == published


@pytest.mark.parametrize("query", FORMS)
def test_no_form_divides_by_zero_streams(query: str) -> None:
    assert re.search(r"ovms_streams\{.*?\} > 0", query)


@pytest.mark.parametrize("query", FORMS)
def test_every_series_is_narrowed_to_the_pods_asked_for(query: str) -> None:
    series = re.findall(r"\b(?:ovms|modelserver)_\w+", query)
    narrowed = re.findall(
        r'\b(?:ovms|modelserver)_\w+\{(?:namespace="a"|<<\.LabelMatchers>>)', query
    )
    assert len(series) == len(narrowed) > 0


def test_keda_gets_one_number_for_all_pods_of_the_server() -> None:
    query = ratio.total("team-a", "demo-ovms", "30s")
    assert query.startswith("sum(max by (pod) (")
    assert query.count('{namespace="team-a",pod=~"demo-ovms-[a-z0-9]+-[a-z0-9]{5}"}[30s]') == 2


def test_the_adapter_serves_the_ratio_for_every_pod_that_has_streams() -> None:
    rule = ratio.adapter_rule("30s")
    assert rule["seriesQuery"] == 'ovms_streams{namespace!="",pod!=""}'
    assert re.fullmatch(rule["name"]["matches"], "ovms_streams")
    assert rule["name"]["as"] == "ovms_requests_streams_ratio"
    assert rule["resources"]["overrides"].keys() == {"namespace", "pod"}
    assert "[30s]" in rule["metricsQuery"]


@pytest.mark.parametrize(
    "pod", ["demo-ovms-6d5f8c7b9-x2x4z", "demo-ovms-7f-abcde", "demo-ovms-5c689d88bb-00000"]
)
def test_the_pattern_finds_a_servers_pods(pod: str) -> None:
    assert re.fullmatch(ratio.pod_pattern("demo-ovms"), pod)


@pytest.mark.parametrize(
    "pod", ["demo-ovms", "demo-ovms-0", "demo-ovms-b-6d5f8c7b9-x2x4z", "my-demo-ovms-6d5f8-x2x4z"]
)
def test_the_pattern_leaves_other_servers_pods_alone(pod: str) -> None:
    assert not re.fullmatch(ratio.pod_pattern("demo-ovms"), pod)


@pytest.mark.parametrize("length", range(1, 64))
def test_the_pattern_finds_pods_whose_name_kubernetes_had_to_cut(length: int) -> None:
    deployment = "a" * length
    pod = f"{deployment}-5c689d88bb-"[:58] + "x2x4z"
    assert re.fullmatch(ratio.pod_pattern(deployment), pod)
