"""Makes the model repository that the quickstart serves: `<output>/ocr/1/model.xml` and `.bin`.

The model is PP-OCRv6 (small), which reads one line of text; the package rapidocr carries it as
ONNX. As published it takes normalised floats and answers 18,710 probabilities per step, 6 MB for
one line. What surrounds it here is compiled into the served model, so that a client sends a
picture as it lies in memory and gets back about a kilobyte:

    image        u8  [1, 48, 640, 3]  RGB, one line of text, padded with grey
    characters   i32 [1, 80]          the Unicode code point seen at each step, 0 for none
    confidences  f32 [1, 80]          how sure the model is of each step, from 0 to 1
"""

import argparse
import sys
import tempfile
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np

# OpenVINO reports its use when it finds this package; not finding it, it stays silent.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

import openvino as ov  # noqa: E402
from openvino import opset13 as ops  # noqa: E402
from openvino.preprocess import ColorFormat, PrePostProcessor  # noqa: E402

NAME = "ocr"
HEIGHT, WIDTH = 48, 640
STEPS = WIDTH // 8  # the network looks at the line in columns of 8 pixels


def main() -> None:
    """Reads the command line, makes the repository and says where it is."""
    parser = argparse.ArgumentParser(description="Make the quickstart's model repository.")
    parser.add_argument(
        "--output", type=Path, default=Path("build/models"), help="default: %(default)s"
    )
    output = parser.parse_args().output
    try:
        prepare(output)
    except OSError as error:
        parser.error(f"--output {output}: {error.strerror}")
    print(f"{output / NAME}: ready to be served")


def prepare(repository: Path) -> None:
    """Puts the model into `repository` unless it is there.

    A published version never changes, since a server may have its weights mapped into memory, and
    it appears all at once, so that a server that watches the folder never sees half a model.
    """
    if (repository / NAME).exists():
        return
    repository.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=repository, prefix=".making-") as making:
        ov.save_model(served_model(packaged_model()), Path(making, NAME, "1", "model.xml"))
        Path(making, NAME).rename(repository / NAME)


def packaged_model() -> Path:
    """The model's ONNX file inside the installed package rapidocr."""
    try:
        package = distribution("rapidocr")
    except PackageNotFoundError:
        sys.exit("the package rapidocr, which carries the model, is missing: run `make install`")
    return Path(str(package.locate_file("rapidocr/models/PP-OCRv6_rec_small.onnx")))


def served_model(onnx: Path) -> ov.Model:
    """The model of `onnx` with the tensors that the module's docstring lists."""
    model = ov.Core().read_model(onnx)
    alphabet = model.get_rt_info(["framework", "character"]).astype(str).split("\n")
    return with_picture_input(with_character_outputs(model, alphabet))


def with_character_outputs(model: ov.Model, alphabet: Iterable[str]) -> ov.Model:
    """Answers the likeliest character of each step instead of the probabilities of all.

    PP-OCR's classes are CTC's blank, then the alphabet, then the space.
    """
    model.reshape([1, 3, HEIGHT, WIDTH])
    code_points = np.array([0, *map(ord, alphabet), ord(" ")], dtype=np.int32)
    probabilities = model.output(0).get_node().input_value(0)
    likeliest = ops.topk(probabilities, np.int32(1), axis=2, mode="max", sort="none")
    characters = ops.gather(code_points, likeliest.output(1), np.int32(0))
    results = [answer("characters", characters), answer("confidences", likeliest.output(0))]
    return ov.Model(results, model.get_parameters(), NAME)


def answer(name: str, values: ov.Node | ov.Output) -> ov.Node:
    """An output of this name that gives one of `values` for each step."""
    result = ops.result(ops.reshape(values, [1, STEPS], special_zero=False))
    result.output(0).set_names({name})
    return result


def with_picture_input(model: ov.Model) -> ov.Model:
    """Takes RGB bytes, row by row, instead of normalised BGR planes."""
    model.input(0).set_names({"image"})
    pipeline = PrePostProcessor(model)
    picture = pipeline.input(0)
    picture.tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    picture.tensor().set_color_format(ColorFormat.RGB)
    picture.preprocess().convert_element_type(ov.Type.f32).convert_color(ColorFormat.BGR)
    picture.preprocess().mean(127.5).scale(127.5)
    picture.model().set_layout(ov.Layout("NCHW"))
    return pipeline.build()


if __name__ == "__main__":
    main()
