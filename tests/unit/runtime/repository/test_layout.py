"""What a base path offers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from modelserver_runtime.repository.layout import RepositoryError, model_file, scan

MakeFiles = Callable[..., Path]


@pytest.fixture
def base_path(tmp_path: Path) -> MakeFiles:
    def make(*files: str) -> Path:
        for name in files:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        return tmp_path

    return make


def test_folders_named_by_positive_numbers_are_versions(base_path: MakeFiles) -> None:
    root = base_path("1/m.xml", "12/m.xml")

    assert scan(str(root)).versions == {1: root / "1", 12: root / "12"}


def test_other_folders_are_named_as_skipped(base_path: MakeFiles) -> None:
    root = base_path("1/m.xml", "0/m.xml", "01/m.xml", "-1/m.xml", "v2/m.xml", "notes.txt")

    assert scan(str(root)).skipped == ("-1", "0", "01", "v2")


def test_hidden_folders_are_nobody_s_concern(base_path: MakeFiles) -> None:
    root = base_path("1/m.xml", "..2026_data/m.xml", ".git/m.xml")

    assert scan(str(root)).skipped == ()


@pytest.mark.parametrize("name", ["m.xml", "m.onnx", "m.pdmodel", "m.pb", "m.tflite"])
def test_one_model_file_is_version_1(base_path: MakeFiles, name: str) -> None:
    file = base_path(name) / name

    assert scan(str(file)).versions == {1: file}
    assert model_file(file) == file


@pytest.mark.parametrize("name", ["m.xml", "m.onnx", "m.pdmodel", "m.pb", "m.tflite"])
def test_the_model_is_known_by_its_ending(base_path: MakeFiles, name: str) -> None:
    folder = base_path(f"1/{name}", "1/m.bin", "1/m.pdiparams", "1/labels.txt") / "1"

    assert model_file(folder) == folder / name


def test_a_saved_model_is_its_folder(base_path: MakeFiles) -> None:
    folder = base_path("1/saved_model.pb", "1/variables/variables.index") / "1"

    assert model_file(folder) == folder


def test_a_hidden_file_is_no_second_model(base_path: MakeFiles) -> None:
    folder = base_path("1/m.xml", "1/._m.xml") / "1"

    assert model_file(folder) == folder / "m.xml"


def test_two_models_in_one_version_are_refused(base_path: MakeFiles) -> None:
    with pytest.raises(RepositoryError, match=r"one model is allowed, found a\.onnx, b\.onnx"):
        model_file(base_path("1/a.onnx", "1/b.onnx") / "1")


def test_a_version_without_a_model_is_refused(base_path: MakeFiles) -> None:
    with pytest.raises(RepositoryError, match="no model found"):
        model_file(base_path("1/readme.md") / "1")


def test_a_missing_base_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match="nowhere: No such file or directory"):
        scan(str(tmp_path / "nowhere"))


@pytest.mark.parametrize("url", ["s3://bucket/m", "gs://bucket/m", "az://container/m"])
def test_cloud_storage_is_refused(url: str) -> None:
    with pytest.raises(RepositoryError, match="cloud storage is not supported"):
        scan(url)
