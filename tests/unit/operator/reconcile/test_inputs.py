from typing import Any

import pytest

from modelserver_operator.api import parse
from modelserver_operator.reconcile.inputs import NOT_IN_PODS, inputs
from modelserver_operator.render import Context, Settings, render
from modelserver_operator.render.pod_security import Level

SPEC = {"models_settings": {"model_name": "m", "model_path": "/models/m"}}

SAMPLES: dict[str, Any] = {
    "deployment_parameters.replicas": 4,
    "deployment_parameters.update_strategy": {"type": "Recreate"},
    "deployment_parameters.pod_disruption_budget": {"enabled": True},
    "service_parameters": {"grpc_port": 9000, "service_type": "NodePort"},
    "network_policy": {"enabled": True},
    "autoscaling.provider": "keda",
    "autoscaling.min_replicas": 2,
    "autoscaling.max_replicas": 7,
    "autoscaling.target_ratio": "0.7",
    "autoscaling.window": "2m",
    "autoscaling.scale_up_stabilization_seconds": 5,
    "autoscaling.scale_down_stabilization_seconds": 5,
    "autoscaling.behavior": {"scaleDown": {"selectPolicy": "Disabled"}},
    "monitoring.service_monitor.interval": "7s",
    "monitoring.service_monitor.labels": {"release": "prometheus"},
    "monitoring.dashboard": {"enabled": True},
}


def with_field(path: str, value: object) -> dict[str, Any]:
    *blocks, name = path.split(".")
    content: object = {name: value}
    for block in reversed(blocks):
        content = {block: content}
    assert isinstance(content, dict)
    return {**SPEC, **content}


def pods(spec: dict[str, Any]) -> object:
    document = {
        "apiVersion": "intel.com/v1alpha1",
        "kind": "ModelServer",
        "metadata": {"name": "demo"},
        "spec": spec,
    }
    return render(parse(document).server, Context()).deployment["spec"]["template"]


def wish(spec: dict[str, Any], context: Context | None = None) -> str:
    return inputs(spec, context or Context(), {}, "").wish


@pytest.mark.parametrize("path", NOT_IN_PODS)
def test_a_field_that_reaches_no_pod_is_no_reason_to_touch_them(path: str) -> None:
    spec = with_field(path, SAMPLES[path])
    assert pods(spec) == pods(SPEC)
    assert wish(spec) == wish(SPEC)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("image_name", "openvino/model_server:2026.3"),
        ("deployment_parameters.env", [{"name": "A", "value": "b"}]),
        ("autoscaling.enabled", True),
        ("monitoring.service_monitor.enabled", True),
        ("of_a_later_release", 1),
    ],
)
def test_any_other_field_is(path: str, value: object) -> None:
    assert wish(with_field(path, value)) != wish(SPEC)


@pytest.mark.parametrize(
    "context",
    [
        Context(Settings(runtime_user=None)),
        Context(Settings(allow_host_path_cache=True)),
        Context(pod_security=Level.RESTRICTED),
    ],
)
def test_the_platforms_policy_is_a_reason(context: Context) -> None:
    assert wish(SPEC, context) != wish(SPEC)


def test_the_operators_own_image_is_none() -> None:
    assert wish(SPEC, Context(Settings(runtime_image="modelserver-runtime:9"))) == wish(SPEC)
