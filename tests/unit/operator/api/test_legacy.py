"""What the old operator stored without being asked does not count as written."""

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from modelserver_operator.api import parse, written
from modelserver_operator.api.legacy import STORED_DEFAULTS

Build = Callable[..., dict[str, Any]]
Schema = dict[str, Any]

OLD_SAMPLE = """
image_name: openvino/model_server:latest
deployment_parameters:
  replicas: 1
  resources: {limits: {xpu_device: "", xpu_device_quantity: "1"}}
models_settings:
  model_name: resnet
  model_path: gs://<bucket_name>/<model_dir>
  plugin_config: '{"PERFORMANCE_HINT":"LATENCY"}'
  model_version_policy: '{"latest": { "num_versions":1 }}'
  shape: ""
  nireq: 0
  max_sequence_number: 0
server_settings: {sequence_cleaner_poll_wait_minutes: 5, log_level: INFO}
models_repository: {storage_type: google}
"""


def test_a_stored_sample_says_nothing_but_its_image_and_its_replicas(manifest: Build) -> None:
    server = parse(manifest(yaml.safe_load(OLD_SAMPLE))).server
    wanted = {
        "image_name": "openvino/model_server:latest",
        "deployment_parameters": {"replicas": 1},
        "server_settings": {},
    }
    assert written(server) == parse(manifest(wanted)).server


def test_the_stored_values_stay_at_hand_for_the_flags(manifest: Build) -> None:
    server = parse(manifest(yaml.safe_load(OLD_SAMPLE))).server
    written(server)
    assert server.spec.models_settings.model_name == "resnet"


@pytest.mark.parametrize(
    "config",
    ['{"PERFORMANCE_HINT":"LATENCY"}', '{ "PERFORMANCE_HINT" : "LATENCY" }', ""],
)
def test_the_stored_plugin_config_is_known_however_it_is_spelled(
    config: str, manifest: Build
) -> None:
    server = parse(manifest({"models_settings": {"plugin_config": config}})).server
    assert written(server).spec.models_settings.plugin_config is None


@pytest.mark.parametrize("minutes", [5, 0])
def test_both_of_the_old_operators_cleaner_defaults_are_known(
    minutes: int, manifest: Build
) -> None:
    settings = {"sequence_cleaner_poll_wait_minutes": minutes}
    server = parse(manifest({"server_settings": settings})).server
    assert written(server) == parse(manifest({"server_settings": {}})).server


@pytest.mark.parametrize(
    ("block", "field", "value"),
    [
        ("models_settings", "plugin_config", '{"PERFORMANCE_HINT": "THROUGHPUT"}'),
        ("models_settings", "plugin_config", '{"PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 2}'),
        ("models_settings", "model_name", "resnet50"),
        ("models_settings", "nireq", 1),
        ("models_settings", "single_model_mode", False),
        ("server_settings", "sequence_cleaner_poll_wait_minutes", 1),
        ("deployment_parameters", "replicas", 1),
        ("monitoring", "metrics_enable", True),
        ("autoscaling", "scale_up_stabilization_seconds", 0),
    ],
)
def test_what_the_user_wrote_is_kept(
    block: str, field: str, value: object, manifest: Build
) -> None:
    values = {"single_model_mode": True} if block == "models_settings" else {}
    values |= {"config_configmap_name": "models"} if value is False else {}
    server = parse(manifest({block: values | {field: value}})).server
    assert getattr(getattr(written(server).spec, block), field) == value


def test_an_empty_variable_is_a_value(manifest: Build) -> None:
    env = [{"name": "OMP_NUM_THREADS", "value": ""}]
    server = parse(manifest({"deployment_parameters": {"env": env}})).server
    assert written(server).spec.deployment_parameters.env[0].value == ""


def test_an_unknown_field_of_the_spec_outlives_it(manifest: Build) -> None:
    server = parse(manifest({"tomorrow": 1})).server
    assert written(server).spec.model_extra == {"tomorrow": 1}


@pytest.mark.parametrize("path", STORED_DEFAULTS)
def test_every_stored_default_is_a_valid_value_of_its_field(path: str, manifest: Build) -> None:
    for value in STORED_DEFAULTS[path]:
        spec = value
        for step in reversed(path.split(".")):
            spec = {step: spec}
        block = parse(manifest(spec)).server.spec
        for step in path.split("."):
            block = getattr(block, step)
        assert block == value


def test_the_table_holds_every_default_that_the_old_crd_stores(upstream_crd: Schema) -> None:
    left_alone = {"image_name", "deployment_parameters.replicas", "monitoring.metrics_list"}
    assert defaults(upstream_crd) - {*STORED_DEFAULTS} == left_alone


def defaults(schema: Schema, path: str = "") -> set[str]:
    found = {path.removeprefix(".")} if "default" in schema else set()
    return found.union(
        *(defaults(child, f"{path}.{name}") for name, child in schema.get("properties", {}).items())
    )
