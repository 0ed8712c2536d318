"""Puts three published models into a model repository, as their packages carry them.

    $ python examples/config-map/prepare_models.py --output build/models
    build/models/file-type: ready to be served
    build/models/orientation: ready to be served
    build/models/speech: ready to be served

They are Magika, which tells the types of files, PP-OCR's classifier of text that is upside down,
and Silero's model, which hears speech. All are ONNX: OpenVINO reads them as they are.
"""

import argparse
import shutil
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

MODELS = {
    "file-type": ("magika", "magika/models/standard_v3_3/model.onnx"),
    "orientation": ("rapidocr", "rapidocr/models/ch_ppocr_mobile_v2.0_cls_mobile.onnx"),
    "speech": ("silero-vad", "silero_vad/data/silero_vad_openvino_16k.onnx"),
}


def main() -> None:
    """Reads the command line, copies the models and says where they are."""
    parser = argparse.ArgumentParser(description="Put three models into a model repository.")
    parser.add_argument(
        "--output", type=Path, default=Path("build/models"), help="default: %(default)s"
    )
    output = parser.parse_args().output
    for name, (package, file) in MODELS.items():
        try:
            put(packaged(package, file), output / name)
        except OSError as error:
            parser.error(f"--output {output}: {error.strerror}")
        print(f"{output / name}: ready to be served")


def put(onnx: Path, model: Path) -> None:
    """Makes the first version of a model; it appears all at once, or is there already."""
    if model.exists():
        return
    model.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=model.parent, prefix=".making-") as making:
        version = Path(making, model.name, "1")
        version.mkdir(parents=True)
        shutil.copyfile(onnx, version / "model.onnx")
        version.parent.rename(model)


def packaged(package: str, file: str) -> Path:
    """A file of an installed package."""
    try:
        return Path(str(distribution(package).locate_file(file)))
    except PackageNotFoundError:
        sys.exit(f"the package {package}, which carries a model, is missing: run `make install`")


if __name__ == "__main__":
    main()
