"""A repository in a folder of this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from modelserver_runtime.repository.local import LocalSource
from modelserver_runtime.repository.source import Offer, RepositoryError

NOBODY = 65534


def write(path: Path, text: str = "model") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def look(path: Path) -> Offer:
    return LocalSource(str(path)).look()


def names(offer: Offer, version: int) -> set[str]:
    return {file.path for file in offer.versions[version]}


def test_each_version_lies_in_its_folder(tmp_path: Path) -> None:
    write(tmp_path / "1" / "m.xml")
    write(tmp_path / "2" / "variables" / "v.index")
    write(tmp_path / "v3" / "m.xml")
    offer = look(tmp_path)

    assert names(offer, 1) == {"m.xml"}
    assert names(offer, 2) == {"variables/v.index"}
    assert offer.skipped == ("v3",)
    assert LocalSource(str(tmp_path)).fetch(2, offer.versions[2]) == tmp_path / "2"


def test_one_model_file_is_version_1_with_its_weights(tmp_path: Path) -> None:
    path = write(tmp_path / "m.xml")
    write(tmp_path / "m.bin")
    write(tmp_path / "other.xml")
    offer = look(path)

    assert offer.versions.keys() == {1}
    assert names(offer, 1) == {"m.xml", "m.bin"}
    assert LocalSource(str(path)).fetch(1, offer.versions[1]) == path


def test_a_changed_file_changes_the_content(tmp_path: Path) -> None:
    path = write(tmp_path / "1" / "m.onnx", "before")
    before = look(tmp_path)
    assert look(tmp_path) == before

    os.utime(path, ns=(0, 0))
    assert look(tmp_path) != before


def test_hidden_files_change_nothing(tmp_path: Path) -> None:
    write(tmp_path / "1" / "m.onnx")
    before = look(tmp_path)
    write(tmp_path / "1" / ".m.onnx.swp")

    assert look(tmp_path) == before


def test_the_links_of_a_mounted_config_map_lead_to_files(tmp_path: Path) -> None:
    write(tmp_path / "1" / "..2026" / "m.onnx")
    (tmp_path / "1" / "m.onnx").symlink_to(tmp_path / "1" / "..2026" / "m.onnx")

    assert names(look(tmp_path), 1) == {"m.onnx"}


def test_a_missing_base_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match="nowhere: No such file or directory"):
        look(tmp_path / "nowhere")


def test_a_version_that_may_not_be_read_hides_no_other(tmp_path: Path) -> None:
    write(tmp_path / "1" / "m.onnx")
    write(tmp_path / "2" / "m.onnx")
    (tmp_path / "2").chmod(0)
    with as_nobody(tmp_path):
        offer = look(tmp_path)

    assert names(offer, 1) == {"m.onnx"}
    assert names(offer, 2) == set()


@contextmanager
def as_nobody(folder: Path) -> Iterator[None]:
    """Give up root, whom nothing is forbidden, where the tests run as root."""
    if os.geteuid() != 0:
        yield
        return
    for parent in (folder, *folder.parents[:2]):
        parent.chmod(0o755)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
