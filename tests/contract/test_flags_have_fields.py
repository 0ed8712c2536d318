"""What the runtime can be told on its command line, a ModelServer can say as well."""

from __future__ import annotations

from typing import Any

import pytest

from modelserver_operator.api import parse
from modelserver_operator.reference.defaults import WORDS
from modelserver_operator.render import Context, render
from modelserver_operator.render import shutdown as render_shutdown
from modelserver_runtime.flag_parser import WITHOUT_EFFECT, build_parser
from modelserver_runtime.settings import DRAIN_SECONDS, MAX_QUEUE_SIZE

ONE_MODEL = {
    "model_name": "m",
    "model_path": "/models/m",
    "target_device": "GPU",
    "plugin_config": "{}",
    "nireq": 4,
    "batch_size": 8,
    "layout": "NHWC:NCHW",
    "shape": "auto",
    "color_format": "RGB:BGR",
    "precision": "UINT8:FP32",
    "mean": 1,
    "scale": 2,
    "max_queue_size": 10,
    "device_plugins": {"NVIDIA": "/plugin.so"},
    "model_version_policy": '{"all": {}}',
}
SEVERAL_MODELS = {"single_model_mode": False, "config_configmap_name": "models"}
REST = {
    "monitoring": {"metrics_enable": True, "metrics_list": "ovms_streams"},
    "model_cache": {"enabled": True},
}
A_PODS_OWN = {
    *("help", "version"),  # not for a server that runs
    *("grpc_bind_address", "rest_bind_address"),  # a pod has one address
    "log_path",  # its log is the container's
    "profile_enable",  # for those who look at one process
    "grpc_max_connection_age_seconds",  # spreads clients over replicas as it is
}


def flags_of(models_settings: dict[str, Any]) -> set[str]:
    manifest = {
        "apiVersion": "intel.com/v1alpha1",
        "kind": "ModelServer",
        "metadata": {"name": "demo"},
        "spec": {"models_settings": models_settings, **REST},
    }
    objects = render(parse(manifest).server, Context())
    args = objects.deployment["spec"]["template"]["spec"]["containers"][0]["args"]
    return {arg.removeprefix("--") for arg in args if arg.startswith("--")}


def test_pods_are_given_the_time_that_the_runtime_takes_to_stop() -> None:
    assert pytest.approx(DRAIN_SECONDS) == render_shutdown.DRAIN_SECONDS


def test_the_reference_tells_the_bound_that_the_runtimes_queue_has() -> None:
    assert WORDS["models_settings.max_queue_size"] == f"the server's own, {MAX_QUEUE_SIZE}"


@pytest.fixture
def known() -> set[str]:
    return {action.dest for action in build_parser(None)._actions} - {*WITHOUT_EFFECT} - A_PODS_OWN


def test_every_flag_that_has_an_effect_has_a_field(known: set[str]) -> None:
    offered = flags_of(ONE_MODEL) | flags_of(SEVERAL_MODELS)
    assert known - offered == set()
