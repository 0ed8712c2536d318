"""OpenVINO's compile_model, and the same asked for by flags, a config.json or a ModelServer.

What a compiled model says of itself has to be the same each time. The examples are those of
OpenVINO's own articles on AUTO, hints, batching and sparse weights, with a CPU in the GPU's place.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from modelserver_operator.api import parse
from modelserver_operator.render import Context, Settings, render
from modelserver_runtime import config_file, flags
from modelserver_runtime.engine import devices
from modelserver_runtime.engine.compilation import Compilation
from modelserver_runtime.engine.core import create_core
from modelserver_runtime.settings import ModelSettings

# isort: split
import openvino as ov
from openvino import opset13 as ops

XCPU = {"XCPU": "libopenvino_intel_cpu_plugin.so"}
BOTH = "AUTO:XCPU,CPU"


@dataclass(frozen=True)
class Example:
    """A device and properties for compile_model, and the fields of a ModelServer that mean them."""

    device: str
    config: Mapping[str, Any]
    fields: Mapping[str, Any] = field(default_factory=dict)


EXAMPLES = {
    "auto": Example("AUTO", {}),
    "auto for throughput": Example(
        "AUTO", {"PERFORMANCE_HINT": "THROUGHPUT"}, {"performance_hint": "THROUGHPUT"}
    ),
    "auto for latency": Example(
        "AUTO", {"PERFORMANCE_HINT": "LATENCY"}, {"performance_hint": "LATENCY"}
    ),
    "candidates": Example(BOTH, {}),
    "high priority": Example(BOTH, {"MODEL_PRIORITY": "HIGH"}, {"model_priority": "HIGH"}),
    "medium priority": Example(BOTH, {"MODEL_PRIORITY": "MEDIUM"}, {"model_priority": "MEDIUM"}),
    "low priority": Example(BOTH, {"MODEL_PRIORITY": "LOW"}, {"model_priority": "LOW"}),
    "batches of four": Example(
        "BATCH:CPU(4)",
        {"PERFORMANCE_HINT": "THROUGHPUT"},
        {"target_device": "CPU", "auto_batch_size": 4, "performance_hint": "THROUGHPUT"},
    ),
    "a batch timeout": Example(
        "BATCH:CPU(16)",
        {"AUTO_BATCH_TIMEOUT": 500},
        {"target_device": "CPU", "auto_batch_size": 16, "auto_batch_timeout": 500},
    ),
    "no batches": Example(
        "CPU",
        {"PERFORMANCE_HINT": "THROUGHPUT", "ALLOW_AUTO_BATCHING": False},
        {"performance_hint": "THROUGHPUT", "auto_batching": False},
    ),
    "sparse weights": Example(
        "CPU",
        {"CPU_SPARSE_WEIGHTS_DECOMPRESSION_RATE": 0.8},
        {"sparse_weights_rate": "0.8"},
    ),
    "streams": Example("CPU", {"NUM_STREAMS": 2}, {"num_streams": 2}),
    "precision": Example(
        "CPU", {"INFERENCE_PRECISION_HINT": "f32"}, {"inference_precision": "f32"}
    ),
}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model repository with one model in it."""
    x = ops.parameter([1, 8], ov.Type.f32, name="x")
    y = ops.matmul(x, ops.constant([[1.0] * 8] * 8, ov.Type.f32), False, False)
    folder = tmp_path_factory.mktemp("model")
    ov.save_model(ov.Model([y], [x], "m"), folder / "1" / "model.xml")
    return folder


def by_flags(example: Example, folder: Path) -> ModelSettings:
    line = ["--port=1", "--model_name=m", f"--model_path={folder}"]
    line += [f"--target_device={example.device}", f"--plugin_config={json.dumps(example.config)}"]
    return settings(line)


def by_config(example: Example, folder: Path) -> ModelSettings:
    entry = {
        "name": "m",
        "base_path": str(folder),
        "target_device": example.device,
        "plugin_config": example.config,
    }
    content = json.dumps({"model_config_list": [{"config": entry}]})
    return config_file.parse(content.encode(), folder).models[0]


def by_resource(example: Example, folder: Path) -> ModelSettings:
    manifest = {
        "apiVersion": "intel.com/v1alpha1",
        "kind": "ModelServer",
        "metadata": {"name": "m"},
        "spec": {
            "models_settings": {
                "model_name": "m",
                "model_path": str(folder),
                "target_device": example.device,
                **example.fields,
            }
        },
    }
    context = Context(settings=Settings(runtime_image="runtime"))
    deployment = render(parse(manifest).server, context).deployment
    return settings(deployment["spec"]["template"]["spec"]["containers"][0]["args"])


def settings(arguments: list[str]) -> ModelSettings:
    models = flags.parse(arguments).models
    assert isinstance(models, ModelSettings)
    return models


def new_core() -> ov.Core:
    core = create_core()
    devices.register(core, XCPU)
    return core


def told(properties: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """All that a compiled model tells, but for where its threads are pinned, which is our own."""
    for key, value in properties.items():
        if isinstance(value, dict) and key != "SUPPORTED_PROPERTIES":
            yield from told(value, f"{prefix}{key}.")
        elif key != "ENABLE_CPU_PINNING":
            yield f"{prefix}{key}", str(value)


def read_back(compiled: ov.CompiledModel) -> dict[str, Any]:
    names = [*compiled.get_property("SUPPORTED_PROPERTIES"), "LOADED_FROM_CACHE"]
    properties = {name: compiled.get_property(name) for name in names}
    with suppress(RuntimeError):  # a plain device
        properties["DEVICE_PROPERTIES"] = compiled.get_property("DEVICE_PROPERTIES")
    return dict(told(properties))


@pytest.mark.parametrize("way", [by_flags, by_config, by_resource])
@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_a_model_is_compiled_as_openvino_would(
    model: Path, example: Example, way: Callable[[Example, Path], ModelSettings]
) -> None:
    path = model / "1" / "model.xml"
    core = new_core()
    direct = core.compile_model(core.read_model(path), example.device, dict(example.config))

    asked = way(example, model)
    core = new_core()
    compilation = Compilation(core, path, asked, threads=None)
    ours, _ = compilation.run(core.read_model(path), asked.target_device)

    assert read_back(ours) == read_back(direct)
