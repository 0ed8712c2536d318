"""What a model repository is to the server, wherever it lies: something to look at and fetch from.

A version is known by its number and its content. Content changes whenever a file does, so a poll
that compares it with what is served sees new versions and changed files alike.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol, TypeAlias


class RepositoryError(Exception):
    """A repository that cannot be read, in one line that names the path."""


class File(NamedTuple):
    """A file of a version.

    ``path`` is relative to the version's folder; ``tag`` is a time stamp or an entity tag, whatever
    its storage changes with the file.
    """

    path: str
    size: int
    tag: str


Content: TypeAlias = frozenset[File]


@dataclass(frozen=True, slots=True)
class Offer:
    """What a repository holds: its versions, and the folders that are no version."""

    versions: Mapping[int, Content]
    skipped: tuple[str, ...] = ()


class Source(Protocol):
    """One model's repository. Its methods block, and are called one at a time."""

    def look(self) -> Offer:
        """What is there now. Raises RepositoryError."""

    def fetch(self, version: int, content: Content) -> Path:
        """Where the version lies on this machine, whole: its folder, or its only model file.

        Raises:
            RepositoryError: it could not be brought here, or is no longer what ``content`` says.
        """

    def keep(self, fetched: Collection[tuple[int, Content]]) -> None:
        """Remove what was fetched, except these."""


OpenSource: TypeAlias = Callable[[str, str], Source]
"""Opens the repository of a model, given its name and base path. Raises RepositoryError."""
