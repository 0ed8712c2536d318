"""What scales a ModelServer, and what has it measured."""

from collections.abc import Callable
from typing import Any

import pytest

from modelserver_operator.autoscaling import hpa, ratio
from modelserver_operator.render import Objects, Settings

Rendered = Callable[..., Objects]
Spec = dict[str, Any]

TARGET = {"apiVersion": "intel.com/v1alpha1", "kind": "ModelServer", "name": "demo"}


@pytest.fixture
def autoscaler(rendered: Rendered) -> Callable[..., Any]:
    """Render an autoscaling block to the autoscaler's spec."""

    def make(settings: Settings | None = None, **block: object) -> object:
        spec = {"autoscaling": {"enabled": True, **block}}
        made = rendered(spec, **({"settings": settings} if settings else {})).autoscaler
        assert made is not None
        return made["spec"]

    return make


def test_nothing_scales_unless_asked_for(rendered: Rendered) -> None:
    assert rendered({"autoscaling": {"max_replicas": 3}}).autoscaler is None


def test_an_hpa_targets_the_model_server_by_the_ratio(autoscaler: Callable[..., Any]) -> None:
    assert autoscaler(min_replicas=2, max_replicas=5, target_ratio="0.7") == {
        "scaleTargetRef": TARGET,
        "minReplicas": 2,
        "maxReplicas": 5,
        "metrics": [
            {
                "type": "Pods",
                "pods": {
                    "metric": {"name": "ovms_requests_streams_ratio"},
                    "target": {"type": "AverageValue", "averageValue": "0.7"},
                },
            }
        ],
    }


def test_an_hpa_without_any_bound_or_target_still_scales(rendered: Rendered) -> None:
    spec = hpa.parse(rendered({"autoscaling": {"enabled": True}}).autoscaler or {})
    assert (spec.min_replicas, spec.max_replicas, spec.target_milli) == (1, 3, 1000)


@pytest.mark.parametrize(
    ("block", "behavior"),
    [
        (
            {"scale_up_stabilization_seconds": 0, "scale_down_stabilization_seconds": 120},
            {
                "scaleUp": {"stabilizationWindowSeconds": 0},
                "scaleDown": {"stabilizationWindowSeconds": 120},
            },
        ),
        (
            {
                "scale_down_stabilization_seconds": 120,
                "behavior": {"scaleDown": {"stabilizationWindowSeconds": 60}},
            },
            {"scaleDown": {"stabilizationWindowSeconds": 60}},
        ),
        (
            {
                "scale_down_stabilization_seconds": 120,
                "behavior": {"scaleDown": {"selectPolicy": "Disabled"}},
            },
            {"scaleDown": {"stabilizationWindowSeconds": 120, "selectPolicy": "Disabled"}},
        ),
    ],
)
def test_behavior_wins_over_the_stabilization_fields(
    autoscaler: Callable[..., Any], block: Spec, behavior: Spec
) -> None:
    assert autoscaler(**block)["behavior"] == behavior
    keda = autoscaler(provider="keda", **block)
    assert keda["advanced"]["horizontalPodAutoscalerConfig"]["behavior"] == behavior


def test_keda_divides_the_sum_over_the_pods(autoscaler: Callable[..., Any]) -> None:
    settings = Settings(prometheus_url="http://prometheus.example:9090")
    spec = autoscaler(settings, provider="keda", max_replicas=4, target_ratio="700m", window="30s")
    (trigger,) = spec.pop("triggers")
    assert spec == {"scaleTargetRef": TARGET, "minReplicaCount": 1, "maxReplicaCount": 4}
    assert (trigger["type"], trigger["metricType"]) == ("prometheus", "AverageValue")
    assert trigger["metadata"] == {
        "serverAddress": "http://prometheus.example:9090",
        "query": ratio.total("default", "demo-ovms", "30s"),
        "threshold": "0.7",
        "ignoreNullValues": "false",
    }


def test_keda_asks_a_prometheus_that_wants_to_know_who_is_asking(
    autoscaler: Callable[..., Any],
) -> None:
    settings = Settings(prometheus_insecure=True, keda_authentication="prometheus")
    (trigger,) = autoscaler(settings, provider="keda")["triggers"]
    name = {"kind": "ClusterTriggerAuthentication", "name": "prometheus"}
    assert trigger["authenticationRef"] == name
    assert trigger["metadata"]["unsafeSsl"] == "true"


def test_a_service_monitor_is_found_by_labels_of_the_platform_and_the_field(
    rendered: Rendered,
) -> None:
    field = {"enabled": True, "interval": "2s", "labels": {"release": "mine", "team": "a"}}
    settings = Settings(service_monitor_labels={"release": "prometheus", "scrape": "yes"})
    made = rendered({"monitoring": {"service_monitor": field}}, settings=settings).service_monitor
    assert made is not None
    assert made["metadata"]["labels"] == {
        "release": "mine",
        "scrape": "yes",
        "team": "a",
        "app.kubernetes.io/managed-by": "modelserver-operator",
    }
    (endpoint,) = made["spec"]["endpoints"]
    assert (endpoint["port"], endpoint["path"], endpoint["interval"]) == ("rest", "/metrics", "2s")


def test_a_service_monitor_is_made_only_when_asked_for(rendered: Rendered) -> None:
    assert rendered({"autoscaling": {"enabled": True}}).service_monitor is None
