"""The commands that show kernels and devices, and the server's own profile."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

# isort: split
import openvino as ov
from openvino import opset13 as ops

if TYPE_CHECKING:
    from conftest import Repository, StartServer

Run = Callable[..., str]


@pytest.fixture(scope="session")
def conv_model() -> ov.Model:
    """A convolution and a softmax, which are oneDNN's, and a mean, which is not."""
    x = ops.parameter([1, 3, 16, 16], ov.Type.f32, name="x")
    x.output(0).set_names({"x"})
    weights = ops.constant(np.ones((8, 3, 3, 3), np.float32))
    seen = ops.convolution(x, weights, [1, 1], [1, 1], [1, 1], [1, 1])
    y = ops.softmax(ops.reduce_mean(seen, ops.constant([2, 3]), False), 1)
    y.output(0).set_names({"y"})
    return ov.Model([y], [x], "conv")


@pytest.fixture
def model_path(repository: Repository, conv_model: ov.Model) -> Path:
    repository.add("conv", 1, conv_model)
    return repository.base_path("conv")


@pytest.fixture
def run(command: str) -> Run:
    """Runs the command and gives what it prints."""

    def run_it(*arguments: str) -> str:
        return subprocess.check_output([command, *arguments], text=True, timeout=60)

    return run_it


def test_a_profile_tells_onednns_layers_from_the_others(run: Run, model_path: Path) -> None:
    shown = json.loads(run("profile", "-m", str(model_path), "--json"))
    ran = {layer["node_type"]: layer for layer in shown["layers"] if layer["executed"]}

    assert ran["Convolution"]["is_onednn"]
    assert ran["Softmax"]["is_onednn"]
    assert not ran["ReduceMean"]["is_onednn"]
    assert 0 < shown["onednn_ms"] < shown["total_ms"]
    assert shown["onednn_version"].startswith("v3.")
    kinds = {primitive["kind"]: primitive["count"] for primitive in shown["onednn_primitives"]}
    assert kinds["convolution"] == 1
    assert kinds["softmax"] == 1


def test_a_profile_shows_the_precision_asked_for(run: Run, model_path: Path) -> None:
    config = '{"INFERENCE_PRECISION_HINT": "f32"}'
    shown = json.loads(run("profile", "-m", str(model_path), "--plugin_config", config, "--json"))

    (convolution,) = (layer for layer in shown["layers"] if layer["node_type"] == "Convolution")
    assert convolution["precision"] == "f32"


def test_a_profile_is_sorted_and_shortened(run: Run, model_path: Path) -> None:
    lines = run("profile", "-m", str(model_path), "--sort", "time", "--executed-only").splitlines()
    rows = [line.split() for line in lines[1 : lines.index("")]]
    times = [float(row[-1]) for row in rows]

    assert times == sorted(times, reverse=True)
    assert "not run" not in "".join(lines)


def test_a_cold_start_misses_the_cache_and_a_warm_one_hits(run: Run, model_path: Path) -> None:
    shown = json.loads(run("profile", "-m", str(model_path), "--cold", "--json"))

    assert [start["loaded_from_cache"] for start in shown.values()] == [None, False, True]
    assert shown["cold"]["cache_files"] == shown["warm"]["cache_files"] != []
    assert all(start["load_ms"] > 0 for start in shown.values())
    assert all(start["first_inference_ms"] > 0 for start in shown.values())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["profile"], "the following arguments are required: -m/--model_path"),
        (["profile", "-m", "/nowhere"], "model_path: /nowhere: No such file or directory"),
        (["profile", "-m", "MODEL", "-d", "XPU"], "XPU is not there, devices are CPU"),
        (["profile", "-m", "MODEL", "--cold", "-d", "XPU"], "XPU is not there, devices are CPU"),
        (["devices", "-m", "MODEL", "-d", "CPU"], "target_device CPU: is not AUTO"),
        (["devices", "--device_plugins", "{"], "--device_plugins: '{' is not valid JSON"),
    ],
)
def test_mistakes_are_told_in_one_line(
    command: str, model_path: Path, arguments: list[str], words: str
) -> None:
    given = [str(model_path) if word == "MODEL" else word for word in arguments]

    done = subprocess.run([command, *given], capture_output=True, text=True, timeout=60)

    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_devices_are_listed_with_what_they_can_do(run: Run) -> None:
    shown = json.loads(run("devices", "--json"))
    (cpu,) = (device for device in shown["devices"] if device["name"] == "CPU")

    core = ov.Core()
    assert cpu["full_name"] == core.get_property("CPU", "FULL_DEVICE_NAME")
    assert cpu["capabilities"] == core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    assert cpu["properties"]["RANGE_FOR_STREAMS"] == list(
        core.get_property("CPU", "RANGE_FOR_STREAMS")
    )
    assert cpu["has_systolic_array"] is False
    assert cpu["onednn_version"].startswith("v3.")
    assert shown["missing"]["NPU"]


def test_autos_choice_is_told_with_its_reasons(run: Run, model_path: Path) -> None:
    plugins = '{"XCPU": "libopenvino_intel_cpu_plugin.so"}'
    target = ["-d", "AUTO:XPU,XCPU,CPU", "--device_plugins", plugins]

    shown = json.loads(run("devices", "-m", str(model_path), *target, "--json"))["auto"]

    assert shown["chosen"] == "XCPU"
    assert shown["precision"] == "FP32"
    assert shown["reasons"]["XCPU"].startswith("chosen: the first that computes FP32")
    assert shown["reasons"]["CPU"] == "comes later"
    assert "is not registered" in shown["reasons"]["XPU"]


def test_the_table_has_it_as_well(run: Run, model_path: Path) -> None:
    shown = run("devices", "-m", str(model_path))

    assert "OPTIMIZATION_CAPABILITIES" in shown
    assert "AUTO for this FP32 model: CPU, optimal infer requests: 1" in shown


def test_a_server_profiles_its_model_where_that_is_turned_on(
    start_server: StartServer, repository: Repository, model_path: Path
) -> None:
    server = start_server("--config_path", str(repository.config("conv")), "--profile_enable")

    status, body = server.get("/v2/models/conv/profile")

    assert status == 200
    profile = json.loads(body)
    assert profile["devices"] == ["CPU"]
    assert profile["total_ms"] > 0
    assert "Convolution" in [layer["node_type"] for layer in profile["layers"]]
    assert profile["onednn_ms"] is None, "a CPU tells only in oneDNN's own log"
    assert server.get("/v2/models/none/profile")[0] == 404


def test_and_otherwise_there_is_no_such_path(
    start_server: StartServer, repository: Repository, model_path: Path
) -> None:
    server = start_server("--config_path", str(repository.config("conv")))

    assert server.get("/v2/models/conv/profile")[0] == 404
