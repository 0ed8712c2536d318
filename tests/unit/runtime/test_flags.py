"""The command line: OpenVINO Model Server's flags, defaults and refusals."""

from __future__ import annotations

import subprocess
import sys

import pytest

from modelserver_runtime import cli
from modelserver_runtime.flag_parser import WITHOUT_EFFECT
from modelserver_runtime.flags import parse
from modelserver_runtime.settings import (
    AllVersions,
    ConfigFile,
    Conversion,
    MetricsSettings,
    ModelSettings,
    ServerSettings,
    SettingsError,
    UsageError,
)
from modelserver_runtime.tensors import Dimension

ONE_MODEL = ("--model_name", "m", "--model_path", "/models/m", "--port", "9000")
CONFIG = ("--config_path", "/config.json", "--rest_port", "8000")


def test_name_path_and_port_are_enough() -> None:
    line = parse(ONE_MODEL)

    assert line.models == ModelSettings(name="m", base_path="/models/m")
    assert line.server == ServerSettings(port=9000)


def test_every_model_flag_reaches_the_settings() -> None:
    line = parse(
        [
            *ONE_MODEL,
            "--target_device=AUTO:GPU,CPU",
            '--plugin_config={"NUM_STREAMS": 4, "ENABLE_CPU_PINNING": false}',
            '--model_version_policy={"all": {}}',
            "--shape=(1,3,224:448,-1)",
            "--batch_size=8",
            "--nireq=16",
            "--cache_dir=/cache",
            "--layout=NHWC:NCHW",
            "--mean=[1,2,3]",
            "--scale=255",
            "--color_format=RGB:BGR",
            "--precision=UINT8:FP32",
            "--max_queue_size=5",
            '--device_plugins={"NVIDIA": "/opt/nvidia.so"}',
        ]
    )

    assert line.models == ModelSettings(
        name="m",
        base_path="/models/m",
        target_device="AUTO:GPU,CPU",
        plugin_config={"NUM_STREAMS": 4, "ENABLE_CPU_PINNING": False},
        version_policy=AllVersions(),
        shape=(Dimension.of(1), Dimension.of(3), Dimension(224, 448), Dimension(0, None)),
        batch_size=Dimension.of(8),
        nireq=16,
        cache_dir="/cache",
        layout=Conversion(client="NHWC", model="NCHW"),
        mean=(1.0, 2.0, 3.0),
        scale=255.0,
        color_format=Conversion(client="BGR", model="RGB"),
        precision=Conversion(client="UINT8", model="FP32"),
        max_queue_size=5,
        device_plugins={"NVIDIA": "/opt/nvidia.so"},
    )


def test_every_server_flag_reaches_the_settings() -> None:
    flags = (
        "--port 1 --rest_port 2 --grpc_bind_address 127.0.0.1 --rest_bind_address ::1 "
        "--file_system_poll_wait_seconds 0 --metrics_enable --metrics_list a,b "
        "--log_level DEBUG --log_path /log --config_path /config.json --profile_enable"
    )

    assert parse(flags.split()).server == ServerSettings(
        port=1,
        rest_port=2,
        grpc_bind_address="127.0.0.1",
        rest_bind_address="::1",
        file_system_poll_wait_seconds=0,
        metrics=MetricsSettings(enabled=True, families=("a", "b")),
        log_level="DEBUG",
        log_path="/log",
        profile_enable=True,
    )


@pytest.mark.parametrize(
    ("written", "enabled"),
    [
        (["--metrics_enable"], True),
        (["--metrics_enable=true"], True),
        (["--metrics_enable", "True"], True),
        (["--metrics_enable=false"], False),
        ([], False),
    ],
)
def test_a_switch_stands_alone_or_with_its_value(written: list[str], enabled: bool) -> None:
    assert parse([*CONFIG, *written]).server.metrics.enabled is enabled


def test_the_config_file_brings_the_models() -> None:
    assert parse(CONFIG, cache_dir="/opt/cache").models == ConfigFile("/config.json", "/opt/cache")


def test_the_given_cache_folder_is_the_default_one() -> None:
    model = ModelSettings("m", "/models/m", cache_dir="/opt/cache")

    assert parse(ONE_MODEL, cache_dir="/opt/cache").models == model
    assert parse([*ONE_MODEL, "--cache_dir=/opt/cache"], cache_dir="/other").models == model


@pytest.mark.parametrize("name", WITHOUT_EFFECT)
@pytest.mark.parametrize("form", ["--{}=5", "--{} 5", "--{}"])
def test_flags_without_effect_are_accepted_and_named(name: str, form: str) -> None:
    assert parse([*ONE_MODEL, *form.format(name).split()]).without_effect == (name,)


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ("--port 1", "Use either config_path or model_path with model_name"),
        ("--port 1 --model_name m", "Use either config_path or model_path with model_name"),
        (
            "--port 1 --config_path c --model_name m --model_path p",
            "Use either config_path or model_path with model_name",
        ),
        (
            "--port 1 --config_path c --nireq 2",
            "Model parameters in CLI are exclusive with the config file",
        ),
        (
            "--port 1 --config_path c --metrics_enable",
            "rest_port setting is missing, metrics are enabled on rest port",
        ),
        (
            "--rest_port 1 --config_path c --metrics_list ovms_streams",
            "metrics_enable setting is missing, required when metrics_list is provided",
        ),
        ("--config_path c", "port and rest_port cannot both be unset"),
        (
            "--config_path c --port 1 --rest_port 1",
            "port and rest_port cannot have the same values",
        ),
        (
            "--config_path c --port 1 --log_level LOUD",
            "log_level should be one of: TRACE, DEBUG, INFO, WARNING, ERROR",
        ),
    ],
)
def test_contradictions_are_refused_in_the_words_of_ovms(
    flags: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UsageError) as refusal:
        parse(flags.split())

    assert str(refusal.value) == words
    assert cli.main(flags.split()) == 64
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flag", "words"),
    [
        ("--port=http", "argument --port: 'http' is not a whole number from 0 to 65535"),
        (
            "--rest_port=70000",
            "argument --rest_port: '70000' is not a whole number from 0 to 65535",
        ),
        ("--nireq=-1", "argument --nireq: '-1' is not a whole number of at least 0"),
        ("--metrics_enable=maybe", "argument --metrics_enable: 'maybe' is not true or false"),
        ("--mean=low", "argument --mean: 'low' is not a number"),
        (
            '--device_plugins={"NVIDIA": 1}',
            "argument --device_plugins: 1 is not text, or empty",
        ),
        ("--plugin_config=[]", "argument --plugin_config: [] is not a JSON object"),
        ("--modelname=x", "unrecognized arguments: --modelname=x"),
    ],
)
def test_other_mistakes_end_with_one_line_and_exit_code_2(
    flag: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SettingsError) as refusal:
        parse([*ONE_MODEL, flag])

    assert str(refusal.value) == words
    assert cli.main([*ONE_MODEL, flag]) == 2
    assert capsys.readouterr().err == f"modelserver-runtime: {words}\n"


def test_help_does_not_wait_for_openvino() -> None:
    code = (
        "import sys; from modelserver_runtime.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit as end: assert end.code == 0\n"
        "heavy = {'openvino', 'grpc', 'uvloop'} & sys.modules.keys()\n"
        "assert not heavy, heavy"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert result.returncode == 0, result.stderr
    assert "--model_path" in result.stdout


def test_version_names_the_build_of_openvino(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert "OpenVINO 20" in capsys.readouterr().out
