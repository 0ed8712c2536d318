"""The layout of a model repository: one folder for each version, one model in each folder.

    <base_path>/1/model.xml      OpenVINO IR, its weights in model.bin
    <base_path>/2/model.onnx     or .pdmodel with .pdiparams, .pb, .tflite
    <base_path>/3/saved_model.pb TensorFlow SavedModel: the folder itself is the model

A base path that is itself one model file offers it as version 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from modelserver_runtime.repository.source import Content, File, Offer, RepositoryError

MODEL_SUFFIXES: Final = (".xml", ".onnx", ".pdmodel", ".pb", ".tflite")
SAVED_MODEL: Final = "saved_model.pb"
ONLY_VERSION: Final = 1  # the number of a model that is one file

_WEIGHTS: Final = {".xml": ".bin", ".pdmodel": ".pdiparams"}
_VERSION: Final = re.compile(r"[1-9][0-9]*")


def offer(folders: Mapping[str, Content]) -> Offer:
    """The versions among the folders of a base path, each with its content."""
    versions = {int(name): folders[name] for name in folders if _VERSION.fullmatch(name)}
    skipped = sorted(name for name in folders if not _VERSION.fullmatch(name))
    return Offer(versions, tuple(skipped))


def by_folder(files: Iterable[File]) -> dict[str, Content]:
    """Files by the first part of their path, without it; those outside a folder are left out."""
    folders: dict[str, set[File]] = {}
    for path, size, tag in files:
        folder, _, rest = path.partition("/")
        if rest and not is_hidden(path):
            folders.setdefault(folder, set()).add(File(rest, size, tag))
    return {folder: frozenset(content) for folder, content in folders.items()}


def is_hidden(path: str) -> bool:
    """Whether a part of the path starts with a dot: such belong to file systems and editors."""
    return any(part.startswith(".") for part in path.split("/"))


def is_model_file(path: str) -> bool:
    """Whether a path ends like that of a model file."""
    return PurePosixPath(path).suffix in MODEL_SUFFIXES


def companions(file: str, content: Iterable[File]) -> Content:
    """The files beside a model file that share its name before the ending, itself included."""
    stem = PurePosixPath(file).stem
    return frozenset(other for other in content if PurePosixPath(other.path).stem == stem)


def model_file(path: Path) -> Path:
    """What OpenVINO is to read for a version: a file, or the folder of a SavedModel.

    Raises:
        RepositoryError: the version's folder holds no model, more than one of a kind, or one
            without its weights.
    """
    if path.is_file():
        return path
    names = [entry.name for entry in visible(path) if entry.is_file()]
    if SAVED_MODEL in names:
        return path
    for suffix in MODEL_SUFFIXES:
        match [name for name in names if name.endswith(suffix)]:
            case []:
                continue
            case [name]:
                _check_weights(path, name, names)
                return path / name
            case several:
                raise RepositoryError(f"{path}: one model is allowed, found {', '.join(several)}")
    raise RepositoryError(f"{path}: no model found ({', '.join(MODEL_SUFFIXES)} or {SAVED_MODEL})")


def visible(folder: Path) -> list[Path]:
    """The entries of a folder in order, without the hidden ones. Raises RepositoryError."""
    try:
        return sorted(entry for entry in folder.iterdir() if not is_hidden(entry.name))
    except OSError as error:
        raise RepositoryError(f"{folder}: {error.strerror}") from error


def _check_weights(folder: Path, model: str, names: list[str]) -> None:
    suffix = Path(model).suffix
    weights = Path(model).with_suffix(_WEIGHTS.get(suffix, suffix)).name
    if weights not in names:
        raise RepositoryError(f"{folder}: {model} is there, its weights in {weights} are not")
