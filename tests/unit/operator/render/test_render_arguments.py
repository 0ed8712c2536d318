"""The server's command line."""

from collections.abc import Callable
from typing import Any

import pytest

from modelserver_operator.render import Objects

Spec = dict[str, Any]

OVMS = "openvino/model_server"


def value_of(line: list[str], flag: str) -> str:
    return line[line.index(flag) + 1]


def test_a_model_is_described_by_flags_in_separate_items(
    arguments: Callable[..., list[str]],
) -> None:
    assert arguments({"image_name": f"{OVMS}:2022.2"}) == [
        *("--model_path", "/models/resnet50"),
        *("--model_name", "resnet50"),
        *("--target_device", "CPU"),
        *("--plugin_config", '{"PERFORMANCE_HINT":"LATENCY"}'),
        *("--model_version_policy", '{"latest": { "num_versions":1 }}'),
        *("--log_level", "INFO"),
        *("--file_system_poll_wait_seconds", "1"),
        *("--grpc_workers", "1"),
        *("--port", "8080"),
        *("--rest_port", "8081"),
    ]


def test_every_setting_of_the_model_has_its_flag(arguments: Callable[..., list[str]]) -> None:
    settings = {
        "nireq": 4,
        "batch_size": "auto",
        "layout": "NHWC:NCHW",
        "shape": '{"x": "(1,3,224,224)"}',
        "model_version_policy": '{"all": {}}',
        "target_device": "GPU",
    }
    line = arguments({"models_settings": settings})
    assert {flag: value_of(line, f"--{flag}") for flag in settings} == {**settings, "nireq": "4"}


CONVERSIONS = {
    "color_format": "RGB:BGR",
    "precision": "UINT8:FP32",
    "mean": "[104,117,123]",
    "scale": "127.5",
}


@pytest.mark.parametrize(("tag", "known"), [("2025.4", False), ("2026.0", True)])
def test_conversions_are_asked_of_a_server_that_knows_them(
    arguments: Callable[..., list[str]], tag: str, known: bool
) -> None:
    spec = {"models_settings": CONVERSIONS}
    assert {flag: value_of(arguments(spec), f"--{flag}") for flag in CONVERSIONS} == CONVERSIONS
    line = arguments({**spec, "image_name": f"{OVMS}:{tag}"})
    assert all((f"--{flag}" in line) == known for flag in CONVERSIONS)


def test_our_runtime_alone_has_a_bound_for_its_queue_and_plugins_of_ones_own(
    arguments: Callable[..., list[str]],
) -> None:
    spec = {"models_settings": {"max_queue_size": 0, "device_plugins": {"B": "/b", "A": "/a"}}}
    line = arguments(spec)
    assert value_of(line, "--max_queue_size") == "0"
    assert value_of(line, "--device_plugins") == '{"A": "/a", "B": "/b"}'
    ovms = arguments({**spec, "image_name": f"{OVMS}:2026.3"})
    assert not {"--max_queue_size", "--device_plugins"} & set(ovms)


def test_plugins_are_the_whole_servers_and_stand_beside_a_config_file(
    arguments: Callable[..., list[str]], rendered: Callable[..., Objects]
) -> None:
    settings = {
        "single_model_mode": False,
        "config_configmap_name": "c",
        "device_plugins": {"A": "/a"},
        "model_name": None,
        "model_path": None,
    }
    assert "--device_plugins" in arguments({"models_settings": settings})
    assert rendered({"models_settings": settings}).warnings == ()


def test_empty_texts_and_zeros_are_not_passed(arguments: Callable[..., list[str]]) -> None:
    empty = {"nireq": 0, "batch_size": "", "layout": "", "shape": "", "max_sequence_number": 0}
    line = arguments({"models_settings": empty, "server_settings": {"rest_workers": 0}})
    assert not {f"--{flag}" for flag in (*empty, "rest_workers")} & set(line)


def test_a_config_file_speaks_for_all_models(arguments: Callable[..., list[str]]) -> None:
    settings = {"single_model_mode": False, "config_configmap_name": "c", "target_device": "GPU"}
    line = arguments({"models_settings": settings})
    assert line[:2] == ["--config_path", "/config/config.json"]
    assert not {"--model_name", "--model_path", "--target_device", "--plugin_config"} & set(line)


def test_the_config_file_may_lie_elsewhere(arguments: Callable[..., list[str]]) -> None:
    settings = {
        "single_model_mode": False,
        "config_configmap_name": "c",
        "config_path": "/config/ovms_config.json",
    }
    assert arguments({"models_settings": settings})[:2] == [
        *("--config_path", "/config/ovms_config.json")
    ]


@pytest.mark.parametrize(
    ("spec", "poll"),
    [
        ({}, "1"),
        ({"server_settings": {}}, "0"),
        ({"server_settings": {"log_level": "DEBUG"}}, "0"),
        ({"server_settings": {"file_system_poll_wait_seconds": 7}}, "7"),
    ],
)
def test_an_absent_and_an_empty_block_of_server_settings_poll_as_they_always_did(
    arguments: Callable[..., list[str]], spec: Spec, poll: str
) -> None:
    assert value_of(arguments(spec), "--file_system_poll_wait_seconds") == poll


@pytest.mark.parametrize("tag", ["2022.2", "2024.5", "2026.3", "latest"])
def test_a_model_without_state_gets_no_flag_for_state(
    arguments: Callable[..., list[str]], tag: str
) -> None:
    spec = {
        "image_name": f"{OVMS}:{tag}",
        "models_settings": {"low_latency_transformation": True, "max_sequence_number": 5},
        "server_settings": {"sequence_cleaner_poll_wait_minutes": 5},
    }
    line = arguments(spec)
    assert not [word for word in line if "sequence" in word or "stateful" in word]
    assert "--low_latency_transformation" not in line


STATEFUL = {
    "is_stateful": True,
    "idle_sequence_cleanup": False,
    "low_latency_transformation": True,
    "max_sequence_number": 5,
}


@pytest.mark.parametrize("tag", ["2022.2", "2024.5", "2026.2.1"])
def test_a_stateful_model_gets_its_flags_where_the_release_has_them(
    arguments: Callable[..., list[str]], tag: str
) -> None:
    line = arguments({"image_name": f"{OVMS}:{tag}", "models_settings": STATEFUL})
    assert {"--stateful", "--idle_sequence_cleanup=false", "--low_latency_transformation"} < set(
        line
    )
    assert value_of(line, "--max_sequence_number") == "5"
    assert value_of(line, "--sequence_cleaner_poll_wait_minutes") == "0"


@pytest.mark.parametrize("spec", [{"image_name": f"{OVMS}:2026.3"}, {}])
def test_a_server_without_sequences_is_not_given_the_flags_and_the_user_hears_it(
    arguments: Callable[..., list[str]], rendered: Callable[..., Objects], spec: Spec
) -> None:
    stateful = {**spec, "models_settings": STATEFUL}
    assert arguments(stateful) == arguments(spec)
    (warning,) = rendered(stateful).warnings
    assert "does not know --stateful, --idle_sequence_cleanup" in warning


@pytest.mark.parametrize(
    "asked",
    [
        {"monitoring": {"metrics_enable": True}},
        {"monitoring": {"service_monitor": {"enabled": True}}},
        {"autoscaling": {"enabled": True}},
    ],
)
def test_metrics_are_on_where_someone_reads_them(
    arguments: Callable[..., list[str]], asked: Spec
) -> None:
    assert "--metrics_enable" in arguments(asked)


def test_metrics_are_off_unless_asked_for(arguments: Callable[..., list[str]]) -> None:
    assert "--metrics_enable" not in arguments({"monitoring": {}})


def test_beside_a_config_file_metrics_are_not_turned_on_by_a_flag(
    arguments: Callable[..., list[str]],
) -> None:
    settings = {"single_model_mode": False, "config_configmap_name": "c"}
    line = arguments({"models_settings": settings, "autoscaling": {"enabled": True}})
    assert "--metrics_enable" not in line


def test_a_server_older_than_metrics_is_not_given_the_flag(
    arguments: Callable[..., list[str]], rendered: Callable[..., Objects]
) -> None:
    spec = {"image_name": f"{OVMS}:2022.1", "autoscaling": {"enabled": True}}
    assert "--metrics_enable" not in arguments(spec)
    assert "OVMS 2022.1 does not know --metrics_enable: left out" in rendered(spec).warnings


def test_the_model_cache_is_named_to_the_server(arguments: Callable[..., list[str]]) -> None:
    assert value_of(arguments({"model_cache": {"enabled": True}}), "--cache_dir") == "/cache"
    assert "--cache_dir" not in arguments({"model_cache": {"size_limit": "1Gi"}})
