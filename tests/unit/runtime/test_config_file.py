"""config.json: what it brings, and where it is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from modelserver_runtime import config_file
from modelserver_runtime.settings import (
    AllVersions,
    ConfigFile,
    Conversion,
    MetricsSettings,
    ModelSettings,
    SettingsError,
)
from modelserver_runtime.tensors import Dimension

HOME = Path("/etc/ovms")


def parse(document: object) -> config_file.Config:
    return config_file.parse(json.dumps(document).encode(), HOME, cache_dir="/cache")


def with_model(**keys: object) -> dict[str, Any]:
    config = {"name": "m", "base_path": "/models/m", **keys}
    return {"model_config_list": [{"config": config}]}


def test_name_and_base_path_are_enough() -> None:
    model = ModelSettings(name="m", base_path="/models/m", cache_dir="/cache")

    assert parse(with_model()).models == (model,)


def test_every_key_reaches_the_settings() -> None:
    document = with_model(
        target_device="GPU",
        plugin_config={"NUM_STREAMS": "AUTO", "ENABLE_CPU_PINNING": True, "X": 0.5},
        nireq=4,
        model_version_policy={"all": {}},
        shape={"x": "(1,-1)"},
        batch_size="1:8",
        allow_cache=True,
        layout={"x": "NC:CN"},
        mean=[1, 2],
        scale="255",
        color_format="RGB:BGR",
        precision="UINT8:FP32",
        max_queue_size=5,
    )

    assert parse(document).models == (
        ModelSettings(
            name="m",
            base_path="/models/m",
            target_device="GPU",
            plugin_config={"NUM_STREAMS": "AUTO", "ENABLE_CPU_PINNING": True, "X": 0.5},
            nireq=4,
            version_policy=AllVersions(),
            shape={"x": (Dimension.of(1), Dimension(0, None))},
            batch_size=Dimension(1, 8),
            cache_dir="/cache",
            layout={"x": Conversion(client="NC", model="CN")},
            mean=(1.0, 2.0),
            scale=255.0,
            color_format=Conversion(client="BGR", model="RGB"),
            precision=Conversion(client="UINT8", model="FP32"),
            max_queue_size=5,
            allow_cache=True,
        ),
    )


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("/models/m", "/models/m"),
        ("models/m", "/etc/ovms/models/m"),
        ("s3://bucket/m", "s3://bucket/m"),
    ],
)
def test_a_relative_base_path_starts_at_the_file(written: str, meant: str) -> None:
    assert parse(with_model(base_path=written)).models[0].base_path == meant


def test_metrics_are_off_unless_asked_for() -> None:
    assert parse({}).metrics == MetricsSettings()
    assert parse({"monitoring": {"metrics": {}}}).metrics == MetricsSettings()


def test_metrics_are_turned_on_with_their_list() -> None:
    metrics = {"enable": True, "metrics_list": ["ovms_streams"]}

    assert parse({"monitoring": {"metrics": metrics}}).metrics == MetricsSettings(
        enabled=True, families=("ovms_streams",)
    )


@pytest.mark.parametrize(
    "key",
    [
        "mediapipe_config_list",
        "pipeline_config_list",
        "custom_loader_config_list",
        "custom_node_library_config_list",
    ],
)
def test_what_is_not_supported_may_be_empty_only(key: str) -> None:
    assert parse({key: []}).models == ()
    with pytest.raises(SettingsError, match=rf"{key}: .* not supported, leave the list empty"):
        parse({key: [{"name": "x"}]})


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "the file: [] is not a JSON object"),
        ({"models": []}, "models: unknown key"),
        ({"model_config_list": {}}, "model_config_list: is not a list"),
        ({"model_config_list": [{}]}, "model_config_list[0].config: is missing"),
        ({"model_config_list": [{"config": {}}]}, "model_config_list[0].config.name: is missing"),
        (with_model(nireqs=1), "model_config_list[0].config.nireqs: unknown key"),
        (
            with_model(nireq="4"),
            "model_config_list[0].config.nireq: '4' is not a whole number of at least 0",
        ),
        (
            with_model(batch_size="many"),
            "model_config_list[0].config.batch_size: 'many' is not a size, -1 or a range like "
            "100:200",
        ),
        (
            with_model(plugin_config={"A": None}),
            "model_config_list[0].config.plugin_config: A is null, not text, a boolean or a number",
        ),
        (with_model(mean="low"), "model_config_list[0].config.mean: 'low' is not a number"),
        (with_model(name=" "), "model_config_list[0].config.name: ' ' is not text, or empty"),
        (
            {"monitoring": {"metrics": {"enabled": True}}},
            "monitoring.metrics.enabled: unknown key",
        ),
        (
            {"monitoring": {"metrics": {"enable": "yes"}}},
            "monitoring.metrics.enable: 'yes' is not true or false",
        ),
    ],
)
def test_a_mistake_is_refused_with_its_place(document: object, message: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        parse(document)

    assert str(refusal.value) == message


def test_two_models_of_one_name_are_refused() -> None:
    twins = with_model()["model_config_list"] * 2

    with pytest.raises(SettingsError, match=r"list\[1\]\.config\.name: 'm' is there twice"):
        parse({"model_config_list": twins})


def test_broken_json_is_refused_with_line_and_column() -> None:
    with pytest.raises(SettingsError, match=r"not valid JSON: .*line 2 column 1"):
        config_file.parse(b'{"model_config_list":\n', HOME)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "config.json"

    with pytest.raises(SettingsError, match=f"{re.escape(str(path))}: No such file or directory"):
        config_file.read(ConfigFile(str(path)))


def test_device_plugins_reach_every_model_beside_those_of_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    plugins = {"NVIDIA": "/opt/nvidia.so", "XCPU": "/opt/x.so"}
    path.write_text(json.dumps({**with_model(), "device_plugins": plugins}))

    config = config_file.read(ConfigFile(str(path), device_plugins={"YCPU": "/opt/y.so"}))

    assert config.models[0].device_plugins == {**plugins, "YCPU": "/opt/y.so"}
