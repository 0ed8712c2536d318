from copy import deepcopy
from typing import Any

import pytest

from modelserver_operator.autoscaling.hpa import (
    Behavior,
    InvalidAutoscalerError,
    Policy,
    PolicyType,
    ScalingRules,
    SelectPolicy,
    parse,
)

# The manifest of OpenVINO's blog post on autoscaling.
MANIFEST: dict[str, Any] = {
    "kind": "HorizontalPodAutoscaler",
    "apiVersion": "autoscaling/v2",
    "metadata": {"name": "ovms-hpa"},
    "spec": {
        "scaleTargetRef": {"apiVersion": "intel.com/v1alpha1", "kind": "ModelServer", "name": "x"},
        "minReplicas": 1,
        "maxReplicas": 3,
        "metrics": [
            {
                "type": "Pods",
                "pods": {
                    "metric": {"name": "ovms_requests_streams_ratio"},
                    "target": {"type": "AverageValue", "averageValue": 1},
                },
            }
        ],
        "behavior": {
            "scaleDown": {"stabilizationWindowSeconds": 120},
            "scaleUp": {"stabilizationWindowSeconds": 120},
        },
    },
}
DEFAULT_UP = (Policy(PolicyType.PODS, 4, 15), Policy(PolicyType.PERCENT, 100, 15))
DEFAULT_DOWN = (Policy(PolicyType.PERCENT, 100, 15),)


def with_spec(**fields: object) -> dict[str, Any]:
    return {**MANIFEST, "spec": {**MANIFEST["spec"], **fields}}


def with_target(value: object) -> dict[str, Any]:
    manifest = deepcopy(MANIFEST)
    manifest["spec"]["metrics"][0]["pods"]["target"]["averageValue"] = value
    return manifest


def with_scale_up(**fields: object) -> dict[str, Any]:
    return with_spec(behavior={"scaleUp": fields})


def test_the_blog_posts_autoscaler_is_understood() -> None:
    spec = parse(MANIFEST)
    assert (spec.min_replicas, spec.max_replicas, spec.target_milli) == (1, 3, 1000)
    assert spec.metric == "ovms_requests_streams_ratio"
    assert spec.behavior == Behavior(ScalingRules(120, DEFAULT_UP), ScalingRules(120, DEFAULT_DOWN))


@pytest.mark.parametrize(
    ("value", "milli"),
    [(1, 1000), ("1", 1000), ("500m", 500), ("0.7", 700), (0.7, 700), ("2k", 2_000_000)],
)
def test_a_target_is_any_quantity(value: object, milli: int) -> None:
    assert parse(with_target(value)).target_milli == milli


def test_one_replica_is_the_minimum_unless_said() -> None:
    assert parse(with_spec(minReplicas=None)).min_replicas == 1


def test_no_behavior_is_not_the_default_behavior() -> None:
    assert parse(with_spec(behavior=None)).behavior is None
    assert parse(with_spec(behavior={})).behavior == Behavior()


def test_the_default_behavior_is_that_of_the_api_server() -> None:
    assert Behavior() == Behavior(ScalingRules(0, DEFAULT_UP), ScalingRules(300, DEFAULT_DOWN))


def test_a_written_field_stands_over_its_default_alone() -> None:
    behavior = parse(with_scale_up(selectPolicy="Min", tolerance="50m")).behavior
    assert behavior == Behavior(
        scale_up=ScalingRules(0, DEFAULT_UP, SelectPolicy.MIN, tolerance=0.05)
    )


def test_written_policies_replace_the_default_ones() -> None:
    policy = {"type": "Pods", "value": 1, "periodSeconds": 30}
    behavior = parse(with_scale_up(policies=[policy])).behavior
    assert behavior == Behavior(ScalingRules(0, (Policy(PolicyType.PODS, 1, 30),)))


def test_a_tolerance_holds_for_its_direction_alone() -> None:
    tolerance = parse(with_scale_up(tolerance=0)).tolerance
    assert (tolerance.up, tolerance.down) == (0.0, 0.1)


POLICY = {"type": "Pods", "value": 1, "periodSeconds": 30}
UP = "spec.behavior.scaleUp"
TARGET = "spec.metrics[0].pods.target.averageValue"
QUANTITY = 'a quantity such as 1, "0.7" or 500m'


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ({**MANIFEST, "apiVersion": "autoscaling/v1"}, "apiVersion: 'autoscaling/v1' given"),
        ({**MANIFEST, "spec": None}, "spec: missing, allowed: an object with fields"),
        (
            with_spec(maxReplicas=0),
            "spec.maxReplicas: 0 given, allowed: greater than or equal to 1",
        ),
        (with_spec(maxReplicas="3"), "spec.maxReplicas: '3' given, allowed: a valid integer"),
        (
            with_spec(minReplicas=0),
            "spec.minReplicas: 0 given, allowed: greater than or equal to 1",
        ),
        (
            with_spec(minReplicas=4),
            "spec.maxReplicas: 3 given, allowed: at least minReplicas, which is 4",
        ),
        (with_spec(metrics=[]), "spec.metrics: [] given, allowed: exactly one metric"),
        (
            with_spec(metrics=[{"type": "Resource", "resource": {"name": "cpu"}}]),
            "spec.metrics[0].type: 'Resource' given, allowed: 'Pods'",
        ),
        (with_target("one"), f"{TARGET}: 'one' given, allowed: {QUANTITY}"),
        (with_target(None), f"{TARGET}: missing, allowed: {QUANTITY}"),
        (with_target("-1"), f"{TARGET}: '-1' given, allowed: greater than 0"),
        (with_spec(behavior={"scaleDwon": {}}), "spec.behavior.scaleDwon: {} given, allowed: no"),
        (
            with_scale_up(stabilizationWindowSeconds=3601),
            f"{UP}.stabilizationWindowSeconds: 3601 given, allowed: less than or equal to 3600",
        ),
        (with_scale_up(selectPolicy="Best"), f"{UP}.selectPolicy: 'Best' given, allowed: 'Max', "),
        (with_scale_up(tolerance="-0.1"), f"{UP}.tolerance: '-0.1' given"),
        (with_scale_up(policies=[]), f"{UP}.policies: [] given, allowed: one or more"),
        (
            with_scale_up(policies=[POLICY, POLICY | {"periodSeconds": 1801}]),
            f"{UP}.policies[1].periodSeconds: 1801 given, allowed: less than or equal to 1800",
        ),
        (
            with_scale_up(policies=[POLICY | {"value": 0}]),
            f"{UP}.policies[0].value: 0 given, allowed: greater than or equal to 1",
        ),
        (
            with_scale_up(policies=[POLICY | {"type": "Pod"}]),
            f"{UP}.policies[0].type: 'Pod' given, allowed: 'Pods' or 'Percent'",
        ),
    ],
)
def test_what_cannot_stand_is_named_with_its_field_and_what_is_allowed(
    manifest: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidAutoscalerError) as error:
        parse(manifest)
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


def test_a_missing_field_is_called_missing() -> None:
    manifest = deepcopy(MANIFEST)
    del manifest["spec"]["maxReplicas"]
    with pytest.raises(InvalidAutoscalerError, match=r"spec\.maxReplicas: missing"):
        parse(manifest)


def test_a_metric_with_a_selector_is_refused() -> None:
    manifest = deepcopy(MANIFEST)
    manifest["spec"]["metrics"][0]["pods"]["metric"]["selector"] = {"matchLabels": {"a": "b"}}
    with pytest.raises(InvalidAutoscalerError, match="selecting series is not supported"):
        parse(manifest)
