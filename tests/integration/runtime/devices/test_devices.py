"""Devices that are there, that are not, and that come from a plugin of their own."""

from __future__ import annotations

import ctypes.util
import json
import os
import subprocess
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from modelserver_runtime.engine.compiler import Compiled, LoadError
from modelserver_runtime.engine.placement import Placement

# isort: split
import openvino as ov

if TYPE_CHECKING:
    from conftest import Repository, StartServer

Compile = Callable[..., Compiled]

XCPU = {"XCPU": "libopenvino_intel_cpu_plugin.so"}


@pytest.mark.parametrize(
    ("target", "absent"),
    [
        ("XPU", "XPU"),
        ("CPU.1", "CPU.1"),
        ("NPU", "NPU"),
        ("MULTI:XPU,CPU", "XPU"),
        ("HETERO:XPU,CPU", "XPU"),
        ("BATCH:XPU(4)", "XPU"),
        ("AUTO:XPU,YPU", "XPU, YPU"),
    ],
)
def test_a_device_that_is_not_there_is_named_with_those_that_are(
    compile_model: Compile, tiny_model: ov.Model, target: str, absent: str
) -> None:
    with pytest.raises(LoadError) as refusal:
        compile_model(tiny_model, target_device=target)

    message = str(refusal.value)
    assert f"target_device {target}: {absent} is not there, devices are CPU, XCPU (" in message
    assert "\n" not in message


@pytest.mark.parametrize("candidate", ["GPU", "NPU", "XPU"])
def test_a_candidate_of_auto_that_cannot_be_used_is_left_out_with_a_remark(
    compile_model: Compile, tiny_model: ov.Model, candidate: str
) -> None:
    compiled = compile_model(tiny_model, target_device=f"AUTO:{candidate},CPU")

    assert compiled.placement().devices == ("CPU",)
    assert len(compiled.remarks) == 1
    assert compiled.remarks[0].startswith(f"target_device: {candidate} is left out: ")


def opencl_folder() -> str | None:
    """Where the OpenCL loader is, without which OpenVINO's GPU plugin can't be loaded."""
    if folder := os.environ.get("OPENCL_LIBRARY_FOLDER"):
        return folder
    return "" if ctypes.util.find_library("OpenCL") else None


@pytest.mark.skipif(opencl_folder() is None, reason="there is no libOpenCL on this machine")
def test_a_gpu_plugin_that_finds_no_gpu_is_left_out_too(
    command: str, repository: Repository, tiny_model: ov.Model
) -> None:
    repository.add("tiny", 1, tiny_model)
    target = [command, "devices", "-m", repository.base_path("tiny"), "-d", "AUTO:GPU,CPU"]
    environment = {**os.environ, "LD_LIBRARY_PATH": opencl_folder() or ""}

    shown = subprocess.check_output([*target, "--json"], env=environment)

    assert json.loads(shown)["auto"]["chosen"] == "CPU"
    assert json.loads(shown)["auto"]["reasons"]["GPU"] == "no such device was found"


def test_a_plugin_from_outside_the_package_is_a_device(
    compile_model: Compile, tiny_model: ov.Model
) -> None:
    compiled = compile_model(tiny_model, target_device="XCPU", device_plugins=XCPU)

    assert compiled.placement() == Placement(("XCPU",), 1)


def test_a_plugin_that_cannot_be_loaded_is_refused_with_its_reason(
    compile_model: Compile, tiny_model: ov.Model
) -> None:
    plugins = {"NVIDIA": "/opt/libopenvino_nvidia_gpu_plugin.so"}

    with pytest.raises(LoadError, match=r"NVIDIA is not there, devices are CPU .*cannot open"):
        compile_model(tiny_model, target_device="NVIDIA", device_plugins=plugins)


def test_a_plugin_of_another_name_is_refused_with_its_reason(
    compile_model: Compile, tiny_model: ov.Model
) -> None:
    plugins = {"NVIDIA": "libopenvino_intel_cpu_plugin.so"}

    with pytest.raises(LoadError, match=r"is used for NVIDIA , while it contains .* for CPU"):
        compile_model(tiny_model, target_device="NVIDIA", device_plugins=plugins)


@pytest.mark.parametrize("way", ["flag", "config"])
def test_a_server_is_told_of_a_plugin(
    start_server: StartServer, repository: Repository, tiny_model: ov.Model, way: str
) -> None:
    repository.add("tiny", 1, tiny_model)
    config = repository.config("tiny", target_device="XCPU")
    flags = ["--config_path", str(config)]
    if way == "flag":
        flags += ["--device_plugins", json.dumps(XCPU)]
    else:
        document = {**json.loads(config.read_text()), "device_plugins": XCPU}
        config.write_text(json.dumps(document))

    server = start_server(*flags)

    assert server.get("/v2/models/tiny/ready")[0] == 200
    assert "model tiny version 1 is available on XCPU" in server.log.read_text()


@pytest.mark.parametrize(
    ("priority", "devices"),
    [("HIGH", ("XCPU",)), ("MEDIUM", ("XCPU",)), ("LOW", ("XCPU",))],
)
def test_a_model_alone_gets_the_first_device_whatever_its_priority(
    compile_model: Compile, tiny_model: ov.Model, priority: str, devices: tuple[str, ...]
) -> None:
    compiled = compile_model(
        tiny_model, target_device="AUTO:XCPU,CPU", plugin_config={"MODEL_PRIORITY": priority}
    )

    assert compiled.placement().devices == devices


def test_beside_a_model_of_high_priority_one_of_low_gets_the_next_device(
    compile_model: Compile, tiny_model: ov.Model
) -> None:
    high, low = (
        compile_model(
            tiny_model, target_device="AUTO:XCPU,CPU", plugin_config={"MODEL_PRIORITY": priority}
        )
        for priority in ("HIGH", "LOW")
    )

    assert high.placement().devices == ("XCPU",)
    assert low.placement().devices == ("CPU",)
