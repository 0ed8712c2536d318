"""Models of every format, served under the names that clients see."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from modelserver_runtime.engine.compiler import Compiled, LoadError, load
from modelserver_runtime.engine.core import create_core
from modelserver_runtime.repository.layout import model_file
from modelserver_runtime.settings import ModelSettings

# isort: split
import openvino as ov

LoadVersion = Callable[[Path], Compiled]

MODELS = Path(__file__).parents[2] / "data" / "models"
PADDLE_OUTPUT = "save_infer_model/scale_0.tmp_0"


@pytest.fixture
def version(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The folder of a version in the format that the test is about, see data/models/make.py."""
    folder = tmp_path / "1"
    if request.param == "ir":
        model = create_core().read_model(MODELS / "onnx" / "model.onnx")
        ov.save_model(model, folder / "model.xml")
    else:
        shutil.copytree(MODELS / request.param, folder)
    return folder


@pytest.fixture
def load_version(kept: Callable[[Compiled], Compiled]) -> LoadVersion:
    def load_version(folder: Path) -> Compiled:
        settings = ModelSettings("m", str(folder.parent))
        return kept(load(create_core(), model_file(folder), settings, threads=1))

    return load_version


def answer(compiled: Compiled) -> list[float]:
    [slot, *_] = compiled.slots
    slot.bind([np.zeros((1, 4), np.float32)])
    slot.run()
    return slot.outputs()[0].ravel().tolist()


def names(compiled: Compiled) -> tuple[str, str]:
    [given], [taken] = compiled.inputs, compiled.outputs
    return given.name, taken.name


@pytest.mark.parametrize(
    ("version", "served_as"),
    [
        ("ir", ("x", "y")),
        ("onnx", ("x", "y")),
        ("frozen_graph", ("x:0", "y:0")),
        ("saved_model", ("x", "y")),
        ("tflite", ("x", "y")),
        ("paddle", ("x", PADDLE_OUTPUT)),
    ],
    indirect=["version"],
)
def test_every_format_is_served(
    load_version: LoadVersion, version: Path, served_as: tuple[str, str]
) -> None:
    compiled = load_version(version)

    assert names(compiled) == served_as
    assert answer(compiled) == [1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize("version", ["onnx", "saved_model", "paddle"], indirect=True)
def test_a_mapping_renames_inputs_and_outputs(load_version: LoadVersion, version: Path) -> None:
    output = load_version(version).outputs[0].name
    mapping = {"inputs": {"x": "image"}, "outputs": {output: "scores"}}
    (version / "mapping_config.json").write_text(json.dumps(mapping))

    compiled = load_version(version)

    assert names(compiled) == ("image", "scores")
    assert answer(compiled) == [1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize("version", ["onnx"], indirect=True)
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", r"mapping_config\.json: .* is not valid JSON"),
        ('{"input": {}}', "input: unknown key, expected inputs or outputs"),
        ('{"inputs": {"z": "image"}}', "the model has no tensor z, it has x"),
        ('{"outputs": {"y": 1}}', "1 is not text, or empty"),
    ],
)
def test_a_mapping_that_fits_nothing_is_refused(
    load_version: LoadVersion, version: Path, text: str, message: str
) -> None:
    (version / "mapping_config.json").write_text(text)

    with pytest.raises(LoadError, match=message):
        load_version(version)
