"""The quickstart's model: what it is given, what it answers, how it comes to lie on disk."""

import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import numpy as np
import prepare_model
import pytest
from numpy.typing import NDArray
from PIL import Image
from prepare_model import ov
from read_text import decode, encode

SENTENCE = "Served by OpenVINO, scaled by requests"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    prepare_model.prepare(folder)
    return folder


@pytest.fixture(scope="module")
def served(repository: Path) -> ov.CompiledModel:
    return compiled(repository / "ocr" / "1" / "model.xml")


@pytest.fixture(scope="module")
def picture(quickstart: Path) -> NDArray[np.uint8]:
    """The sample as the client sends it: the bytes that follow the request's JSON header."""
    body, headers = encode(Image.open(quickstart / "sample.png"))
    pixels = body[int(headers["Inference-Header-Content-Length"]) :]
    return np.frombuffer(pixels, np.uint8).reshape(1, 48, 640, 3)


def compiled(model: Path | ov.Model) -> ov.CompiledModel:
    return ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})


def test_the_model_reads_the_sample(served: ov.CompiledModel, picture: NDArray[np.uint8]) -> None:
    outputs = served([picture])
    names = ("characters", "confidences")
    tensors = [{"name": name, "data": outputs[name].ravel().tolist()} for name in names]
    text, confidence = decode({"outputs": tensors})
    assert text == SENTENCE
    assert 0.95 < confidence <= 1


def test_its_tensors_are_the_documented_ones(served: ov.CompiledModel) -> None:
    tensors = {
        port.any_name: (port.element_type.get_type_name(), list(port.shape))
        for port in (*served.inputs, *served.outputs)
    }
    assert tensors == {
        "image": ("u8", [1, 48, 640, 3]),
        "characters": ("i32", [1, 80]),
        "confidences": ("f32", [1, 80]),
    }


def test_it_sees_what_the_published_model_sees(
    served: ov.CompiledModel, picture: NDArray[np.uint8]
) -> None:
    published = ov.Core().read_model(prepare_model.packaged_model())
    alphabet = published.get_rt_info(["framework", "character"]).astype(str).split("\n")
    blue_green_red_planes = picture[..., ::-1].transpose(0, 3, 1, 2)
    normalised = (blue_green_red_planes / np.float32(255) - np.float32(0.5)) / np.float32(0.5)
    probabilities = compiled(published)([normalised])[0]
    seen = ["\0", *alphabet, " "]

    outputs = served([picture])

    characters = [chr(code_point) for code_point in outputs["characters"][0]]
    assert characters == [seen[index] for index in probabilities[0].argmax(axis=1)]
    # The served weights are stored as f16.
    np.testing.assert_allclose(outputs["confidences"], probabilities.max(axis=2), atol=0.02)


def test_preparing_again_leaves_a_published_version_alone(repository: Path) -> None:
    def files() -> dict[Path, int]:
        return {path: path.stat().st_mtime_ns for path in repository.rglob("*")}

    before = files()
    prepare_model.prepare(repository)
    assert files() == before


def test_nothing_but_the_model_is_left_behind(repository: Path) -> None:
    files = {str(path.relative_to(repository)) for path in repository.rglob("*") if path.is_file()}
    assert files == {"ocr/1/model.xml", "ocr/1/model.bin"}


def test_a_missing_rapidocr_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def nothing_installed(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(prepare_model, "distribution", nothing_installed)
    with pytest.raises(
        SystemExit, match=r"^the package rapidocr.* is missing: run `make install`$"
    ):
        prepare_model.prepare(tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_output_that_cannot_be_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["prepare_model.py", "--output", __file__])
    with pytest.raises(SystemExit, match="2"):
        prepare_model.main()
    assert capsys.readouterr().err.endswith(f"error: --output {__file__}: File exists\n")
