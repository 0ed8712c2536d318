"""A model repository in a folder of this machine, or one model file."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path

from modelserver_runtime.repository.layout import (
    ONLY_VERSION,
    companions,
    is_hidden,
    is_model_file,
    offer,
    visible,
)
from modelserver_runtime.repository.source import Content, File, Offer, RepositoryError


class LocalSource:
    """See Source. Nothing is copied: versions are read where they lie."""

    def __init__(self, base_path: str) -> None:
        self._path = Path(base_path)

    def look(self) -> Offer:
        """List the versions. Raises RepositoryError where there is no such folder to read."""
        if self._is_model_file():
            beside = (_file(entry, self._path.parent) for entry in visible(self._path.parent))
            return Offer({ONLY_VERSION: companions(self._path.name, beside)})
        folders = [entry for entry in visible(self._path) if entry.is_dir()]
        return offer({folder.name: _content(folder) for folder in folders})

    def fetch(self, version: int, content: Content) -> Path:  # noqa: ARG002 - it is here already
        """The version's folder, or the model file."""
        return self._path if self._is_model_file() else self._path / str(version)

    def keep(self, fetched: Collection[tuple[int, Content]]) -> None:
        """Nothing was fetched, nothing is removed."""

    def _is_model_file(self) -> bool:
        return is_model_file(self._path.name) and self._path.is_file()


def _content(folder: Path) -> Content:
    """What a version's folder holds. One that can't be read is for whoever loads it to refuse."""
    try:
        return frozenset(_files(folder))
    except (OSError, RepositoryError):
        return frozenset()


def _files(folder: Path) -> Iterator[File]:
    for parent, _, names in os.walk(folder, onerror=_raise):
        for name in names:
            path = Path(parent, name)
            if not is_hidden(str(path.relative_to(folder))):
                yield _file(path, folder)


def _raise(error: OSError) -> None:
    raise error


def _file(path: Path, folder: Path) -> File:
    try:
        status = path.stat()
    except OSError as error:
        raise RepositoryError(f"{path}: {error.strerror}") from error
    return File(str(path.relative_to(folder)), status.st_size, str(status.st_mtime_ns))
