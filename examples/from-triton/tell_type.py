"""Tells the types of files from their bytes, with Triton's client, as one would ask Triton.

    $ python examples/from-triton/tell_type.py deploy/crd.yaml examples/quickstart/sample.png
    deploy/crd.yaml: yaml (100% sure)
    examples/quickstart/sample.png: png (100% sure)

The model is Magika; the package magika carries it, and the names of the types that it knows.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from types import ModuleType

import numpy as np
import tritonclient.grpc
import tritonclient.http
from tritonclient.utils import InferenceServerException

MODEL = "file-type"
CONFIG = "magika/models/standard_v3_3/config.min.json"
EDGE = 1024  # bytes that the model sees of a file's beginning, and of its end
PADDING = 256
PROTOCOLS: dict[str, ModuleType] = {"http": tritonclient.http, "grpc": tritonclient.grpc}


def main() -> None:
    """Reads the command line, asks for all files at once and prints a line for each."""
    parser = argparse.ArgumentParser(description="Tell the types of files from their bytes.")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--url", default="localhost:8000", help="default: %(default)s")
    parser.add_argument("--protocol", choices=PROTOCOLS, default="http")
    arguments = parser.parse_args()
    try:
        features = np.array([edges(file.read_bytes()) for file in arguments.files], np.int32)
        probabilities = ask(arguments.url, PROTOCOLS[arguments.protocol], features)
    except (OSError, InferenceServerException) as error:
        sys.exit(f"{parser.prog}: {error}")
    names = type_names()
    for file, of_types in zip(arguments.files, probabilities, strict=True):
        print(f"{file}: {names[of_types.argmax()]} ({of_types.max():.0%} sure)")


def ask(url: str, protocol: ModuleType, features: np.ndarray) -> np.ndarray:
    """How likely each file is of each type: one inference for all files."""
    tensor = protocol.InferInput("bytes", list(features.shape), "INT32")
    tensor.set_data_from_numpy(features)
    with protocol.InferenceServerClient(url) as client:
        return np.asarray(client.infer(MODEL, [tensor]).as_numpy("target_label"))


def edges(content: bytes) -> Sequence[int]:
    """What the model looks at: the first and the last bytes, without the white space around."""
    first, last = content.lstrip()[:EDGE], content.rstrip()[-EDGE:]
    padding = [PADDING]
    return [*first, *padding * (EDGE - len(first)), *padding * (EDGE - len(last)), *last]


def type_names() -> list[str]:
    """The names of the types, in the order of the model's answer."""
    try:
        package = distribution("magika")
    except PackageNotFoundError:
        sys.exit("the package magika, which carries the model, is missing: run `make install`")
    config = json.loads(Path(str(package.locate_file(CONFIG))).read_text())
    return list(config["target_labels_space"])


if __name__ == "__main__":
    main()
