"""The layout of a model repository: one folder for each version, one model in each folder.

    <base_path>/1/model.xml      OpenVINO IR, its weights in model.bin
    <base_path>/2/model.onnx     or .pdmodel, .pb, .tflite
    <base_path>/3/saved_model.pb TensorFlow SavedModel: the folder itself is the model

A base path that is itself one model file offers it as version 1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MODEL_SUFFIXES: Final = (".xml", ".onnx", ".pdmodel", ".pb", ".tflite")
SAVED_MODEL: Final = "saved_model.pb"
CLOUD_SCHEMES: Final = ("s3://", "gs://", "az://")

_VERSION: Final = re.compile(r"[1-9][0-9]*")


class RepositoryError(Exception):
    """A repository that cannot be read, in one line that names the path."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a base path holds: where each version lies, and the folders that are no version."""

    versions: Mapping[int, Path]
    skipped: tuple[str, ...] = ()


def scan(base_path: str) -> Offer:
    """List the versions under a base path.

    Raises:
        RepositoryError: there is no such folder, it cannot be read, or it is in a cloud storage.
    """
    if base_path.startswith(CLOUD_SCHEMES):
        raise RepositoryError(
            f"base_path {base_path}: cloud storage is not supported, use a folder"
        )
    path = Path(base_path)
    if path.suffix in MODEL_SUFFIXES and path.is_file():
        return Offer({1: path})
    folders = [entry for entry in _visible(path) if entry.is_dir()]
    versions = {int(entry.name): entry for entry in folders if _VERSION.fullmatch(entry.name)}
    return Offer(versions, tuple(entry.name for entry in folders if entry not in versions.values()))


def model_file(path: Path) -> Path:
    """What OpenVINO is to read for a version: a file, or the folder of a SavedModel.

    Raises:
        RepositoryError: the version's folder holds no model, or more than one of a kind.
    """
    if path.is_file():
        return path
    names = [entry.name for entry in _visible(path) if entry.is_file()]
    if SAVED_MODEL in names:
        return path
    for suffix in MODEL_SUFFIXES:
        match [name for name in names if name.endswith(suffix)]:
            case []:
                continue
            case [name]:
                return path / name
            case several:
                raise RepositoryError(f"{path}: one model is allowed, found {', '.join(several)}")
    raise RepositoryError(f"{path}: no model found ({', '.join(MODEL_SUFFIXES)} or {SAVED_MODEL})")


def _visible(folder: Path) -> list[Path]:
    """The entries of a folder in order; hidden ones belong to file systems and editors."""
    try:
        return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    except OSError as error:
        raise RepositoryError(f"{folder}: {error.strerror}") from error
