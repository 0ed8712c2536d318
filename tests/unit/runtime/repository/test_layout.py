"""What a base path offers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from modelserver_runtime.repository.layout import by_folder, companions, model_file, offer
from modelserver_runtime.repository.source import File, RepositoryError

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


def file(path: str) -> File:
    return File(path, 1, "tag")


def test_folders_named_by_positive_numbers_are_versions() -> None:
    one, twelve = frozenset({file("m.xml")}), frozenset({file("m.onnx")})

    assert offer({"1": one, "12": twelve}).versions == {1: one, 12: twelve}


def test_other_folders_are_named_as_skipped() -> None:
    names = ["1", "0", "01", "-1", "v2", "٣"]

    assert offer(dict.fromkeys(names, frozenset())).skipped == ("-1", "0", "01", "v2", "٣")


def test_files_are_sorted_into_the_folders_that_they_lie_in() -> None:
    files = [file("1/saved_model.pb"), file("1/variables/v.index"), file("2/m.xml"), file("notes")]

    assert by_folder(files) == {
        "1": {file("saved_model.pb"), file("variables/v.index")},
        "2": {file("m.xml")},
    }


@pytest.mark.parametrize("path", [".git/m.xml", "1/.m.xml", "1/.cache/m.xml", "1/../../m.xml"])
def test_hidden_files_are_nobody_s_concern(path: str) -> None:
    assert by_folder([file(path)]) == {}


def test_the_companions_of_a_model_file_share_its_name() -> None:
    there = [file(name) for name in ("m.xml", "m.bin", "other.bin", "m.bin.bak")]

    assert companions("m.xml", there) == {file("m.xml"), file("m.bin")}


def test_one_model_file_is_its_own_version(base_path: MakeFiles) -> None:
    path = base_path("m.xml") / "m.xml"

    assert model_file(path) == path


@pytest.mark.parametrize(("model", "weights"), [("m.xml", "m.bin"), ("m.pdmodel", "m.pdiparams")])
def test_a_model_without_its_weights_is_refused(
    base_path: MakeFiles, model: str, weights: str
) -> None:
    with pytest.raises(RepositoryError, match=f"{model} is there, its weights in {weights} are"):
        model_file(base_path(f"1/{model}") / "1")


@pytest.mark.parametrize("name", ["m.xml", "m.onnx", "m.pdmodel", "m.pb", "m.tflite"])
def test_the_model_is_known_by_its_ending(base_path: MakeFiles, name: str) -> None:
    folder = base_path(f"1/{name}", "1/m.bin", "1/m.pdiparams", "1/labels.txt") / "1"

    assert model_file(folder) == folder / name


def test_a_saved_model_is_its_folder(base_path: MakeFiles) -> None:
    folder = base_path("1/saved_model.pb", "1/variables/variables.index") / "1"

    assert model_file(folder) == folder


def test_a_hidden_file_is_no_second_model(base_path: MakeFiles) -> None:
    folder = base_path("1/m.xml", "1/m.bin", "1/._m.xml") / "1"

    assert model_file(folder) == folder / "m.xml"


def test_two_models_in_one_version_are_refused(base_path: MakeFiles) -> None:
    with pytest.raises(RepositoryError, match=r"one model is allowed, found a\.onnx, b\.onnx"):
        model_file(base_path("1/a.onnx", "1/b.onnx") / "1")


def test_a_version_without_a_model_is_refused(base_path: MakeFiles) -> None:
    with pytest.raises(RepositoryError, match="no model found"):
        model_file(base_path("1/readme.md") / "1")
