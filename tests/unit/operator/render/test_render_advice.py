"""What the user hears about a ModelServer that is valid and may still disappoint."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from modelserver_operator.api import InvalidManifest
from modelserver_operator.render import Objects, Settings

Rendered = Callable[..., Objects]
Spec = dict[str, Any]

FROM_FILE = {"single_model_mode": False, "config_configmap_name": "models"}
SCALED = {"autoscaling": {"enabled": True}}


def config_maps(config: object, key: str = "config.json") -> dict[str, dict[str, str]]:
    return {"models": {key: config if isinstance(config, str) else json.dumps(config)}}


def test_an_ordinary_model_server_needs_no_advice(rendered: Rendered) -> None:
    spec = {**SCALED, "monitoring": {"service_monitor": {"enabled": True}}}
    assert rendered(spec).warnings == ()


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (
            {"models_settings": {"model_path": "gs://<bucket_name>/<model_dir>"}},
            "spec.models_settings.model_path: gs://<bucket_name>/<model_dir> is only a placeholder",
        ),
        (
            {"models_settings": {"num_streams": 4, "plugin_config": '{"NUM_STREAMS": "2"}'}},
            "spec.models_settings.num_streams: 4 is not used",
        ),
        (
            {"models_settings": {"auto_batch_size": 4, "target_device": "MULTI:CPU,GPU"}},
            "spec.models_settings.auto_batch_size: not used",
        ),
        (
            {"models_settings": {**FROM_FILE, "num_streams": 4}},
            "spec.models_settings.num_streams: no effect where single_model_mode is false",
        ),
        (
            {"monitoring": {"metrics_list": "ovms_streams"}},
            "spec.monitoring.metrics_list: the server does not start",
        ),
        (
            {**SCALED, "monitoring": {"metrics_list": "ovms_streams"}},
            "spec.monitoring.metrics_list: autoscaling needs ovms_request_time_us as well",
        ),
        (
            {"models_settings": FROM_FILE, "monitoring": {"metrics_enable": True}},
            "spec.monitoring.metrics_enable: OVMS refuses it beside a config.json",
        ),
        (
            {"autoscaling": {"enabled": True, "window": "30s"}},
            "spec.autoscaling.window: 30s is not used with provider hpa",
        ),
        (
            {"deployment_parameters": {"termination_grace_seconds": 29}},
            "spec.deployment_parameters.termination_grace_seconds: requests may be lost",
        ),
        (
            {"models_repository": {"aws_secret_access_key": "x"}},
            "spec.models_repository.aws_secret_access_key: everyone",
        ),
        (
            {
                "deployment_parameters": {
                    "resources": {
                        "limits": {"xpu_device": "npu.intel.com/accel"},
                        "requests": {"xpu_device": "gpu.intel.com/xe"},
                    }
                }
            },
            "spec.deployment_parameters.resources.requests.xpu_device: not used",
        ),
    ],
)
def test_each_disappointment_is_said_once_with_its_field(
    rendered: Rendered, spec: Spec, said: str
) -> None:
    model = {"model_name": None, "model_path": None} if "single_model_mode" in str(spec) else {}
    settings = {**model, **spec.get("models_settings", {})}
    (warning,) = rendered({**spec, "models_settings": settings}).warnings
    assert warning.startswith(said)


@pytest.mark.parametrize(
    ("window", "settings"),
    [
        ("1m", Settings()),
        ("30s", Settings(adapter_window="30s")),
        ("30s", Settings(adapter_window=None)),
    ],
)
def test_a_window_that_is_obeyed_needs_no_advice(
    rendered: Rendered, window: str, settings: Settings
) -> None:
    spec = {"autoscaling": {"enabled": True, "window": window}}
    assert rendered(spec, settings=settings).warnings == ()


@pytest.mark.parametrize(
    "spec", [{}, {"image_name": "openvino/model_server:2026.3"}], ids=["enough", "ovms"]
)
def test_a_grace_period_in_which_nothing_is_lost_needs_no_advice(
    rendered: Rendered, spec: Spec
) -> None:
    seconds = 5 if spec else 30
    parameters = {"termination_grace_seconds": seconds}
    assert rendered({**spec, "deployment_parameters": parameters}).warnings == ()


def test_keda_obeys_every_window(rendered: Rendered) -> None:
    spec = {"autoscaling": {"enabled": True, "window": "30s", "provider": "keda"}}
    assert rendered(spec).warnings == ()


ENABLED = {"monitoring": {"metrics": {"enable": True}}}


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (config_maps(ENABLED), None),
        ({}, None),
        (config_maps({}), "ConfigMap models, key config.json: monitoring.metrics.enable has to be"),
        (config_maps({"monitoring": {"metrics": {"enable": False}}}), "monitoring.metrics.enable"),
        (config_maps({"monitoring": True}), "monitoring.metrics.enable"),
        (config_maps("[1"), "ConfigMap models, key config.json: not JSON"),
        (config_maps("[]"), "monitoring.metrics.enable"),
        (config_maps(ENABLED, key="other.json"), "ConfigMap models has no key config.json"),
    ],
)
def test_the_key_that_a_config_file_lacks_is_named(
    rendered: Rendered, known: dict[str, dict[str, str]], said: str | None
) -> None:
    settings = {**FROM_FILE, "model_name": None, "model_path": None}
    warnings = rendered({**SCALED, "models_settings": settings}, config_maps=known).warnings
    assert len(warnings) == (0 if said is None else 1)
    assert (said or "") in "".join(warnings)


def test_a_config_file_from_elsewhere_cannot_be_judged(rendered: Rendered) -> None:
    settings = {**FROM_FILE, "config_path": "/models/config.json"}
    model = {"model_name": None, "model_path": None}
    spec = {**SCALED, "models_settings": {**settings, **model}}
    assert rendered(spec, config_maps=config_maps({})).warnings == ()


@pytest.mark.parametrize("value", [None, ""])
def test_a_server_without_a_model_is_refused_with_the_fields_that_are_missing(
    rendered: Rendered, value: str | None
) -> None:
    with pytest.raises(InvalidManifest) as caught:
        rendered({"models_settings": {"model_name": value, "model_path": value}})
    assert [problem.path for problem in caught.value.problems] == [
        "spec.models_settings.model_name",
        "spec.models_settings.model_path",
    ]
