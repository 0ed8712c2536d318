"""A model repository in a cloud's object storage.

A version is downloaded to a folder beside the final one, which it becomes in one step when it is
whole: whatever happens to the connection, nobody ever reads half a model.
"""

from __future__ import annotations

import logging
import re
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, TypeVar

import obstore
from obstore.exceptions import BaseError

from modelserver_runtime.repository.layout import (
    ONLY_VERSION,
    by_folder,
    companions,
    is_model_file,
    offer,
)
from modelserver_runtime.repository.source import Content, File, Offer, RepositoryError

if TYPE_CHECKING:
    from obstore import ObjectMeta
    from obstore.store import ObjectStore

    from modelserver_runtime.repository.stores import Stores

logger = logging.getLogger(__name__)

T = TypeVar("T")

_CHUNK: Final = 8 << 20  # bytes
_REFUSAL: Final = re.compile(r"status code: 4\d\d")
"""How a storage answers a stranger: 401 or 403, but Azure also denies that what is not public
exists. The library has exceptions for these, and doesn't use them where it lists."""


class CloudSource:
    """See Source.

    Args:
        url: the base path, for messages.
        prefix: the base path inside its bucket.
        stores: opens the bucket.
        folder: where to download to; this source's alone.
    """

    def __init__(self, url: str, prefix: str, stores: Stores, folder: Path) -> None:
        self._url = url
        self._prefix = prefix
        self._store: ObjectStore = stores.first
        self._identity = stores.second
        self._folder = folder

    def look(self) -> Offer:
        """List the versions. Raises RepositoryError."""
        parent, _, name = self._prefix.rpartition("/")
        with self._explained():
            if is_model_file(name):
                content = companions(name, self._ask(lambda store: _beside(store, parent)))
                return Offer({ONLY_VERSION: content} if content else {})
            return offer(by_folder(self._ask(lambda store: _under(store, self._prefix))))

    def fetch(self, version: int, content: Content) -> Path:
        """Download the version, unless it is here. Raises RepositoryError."""
        final = self._folder_of(version, content)
        if not final.exists():
            partial = final.with_suffix(".partial")
            shutil.rmtree(partial, ignore_errors=True)
            with self._explained():
                self._download(version, content, partial)
            partial.rename(final)
        name = self._prefix.rpartition("/")[2]
        return final / name if is_model_file(name) else final

    def keep(self, fetched: Collection[tuple[int, Content]]) -> None:
        """Remove the downloads, except these."""
        kept = {self._folder_of(version, content) for version, content in fetched}
        for folder in self._folder.glob("*"):
            if folder not in kept:
                shutil.rmtree(folder, ignore_errors=True)

    def _folder_of(self, version: int, content: Content) -> Path:
        digest = sha256(repr((self._url, sorted(content))).encode()).hexdigest()[:16]
        return self._folder / f"{version}-{digest}"

    def _download(self, version: int, content: Content, folder: Path) -> None:
        megabytes = sum(file.size for file in content) / 1e6
        logger.info("%s: downloading version %d, %.1f MB", self._url, version, megabytes)
        folder.mkdir(parents=True)
        parent, _, name = self._prefix.rpartition("/")
        prefix = parent if is_model_file(name) else _joined(self._prefix, str(version))
        for file in content:
            path = folder / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            _download(self._store, _joined(prefix, file.path), file.tag, path)

    def _ask(self, question: Callable[[ObjectStore], T]) -> T:
        """Ask as nobody first, where no credentials were given, and then as this machine."""
        try:
            return question(self._store)
        except BaseError as refusal:
            if self._identity is None or not _REFUSAL.search(_first_line(refusal)):
                raise
            try:
                answer = question(self._identity)
            except BaseError as error:
                logger.debug("%s: not as this machine either: %s", self._url, error)
            else:
                self._store, self._identity = self._identity, None
                return answer
            raise

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn the errors of the storage and of the disk into one line that names the base path."""
        try:
            yield
        except RepositoryError as error:
            raise RepositoryError(f"{self._url}: {error}") from error
        except BaseError as error:
            reason = _first_line(error)
            if self._identity is not None and _REFUSAL.search(reason):
                reason += "; no credentials were given"
            raise RepositoryError(f"{self._url}: {reason}") from error
        except OSError as error:
            raise RepositoryError(f"{self._url}: {self._folder}: {error.strerror}") from error


def _first_line(error: BaseError) -> str:
    """What went wrong, without the library's own structures that follow it."""
    return str(error).partition("\n")[0].rstrip()


def _under(store: ObjectStore, prefix: str) -> list[File]:
    """Every object under a prefix, its path without it."""
    start = len(prefix) + 1 if prefix else 0
    batches = obstore.list(store, prefix or None, chunk_size=1000)
    return _without_markers(_file(meta, start) for batch in batches for meta in batch)


def _beside(store: ObjectStore, prefix: str) -> list[File]:
    """The objects right under a prefix."""
    start = len(prefix) + 1 if prefix else 0
    listed = obstore.list_with_delimiter(store, prefix or None)
    return [_file(meta, start) for meta in listed["objects"]]


def _file(meta: ObjectMeta, start: int) -> File:
    return File(meta["path"][start:], meta["size"], _tag(meta))


def _tag(meta: ObjectMeta) -> str:
    # Azure quotes it when asked for one object, and doesn't in a list.
    return (meta["e_tag"] or meta["last_modified"].isoformat()).strip('"')


def _without_markers(files: Iterable[File]) -> list[File]:
    """Drop the empty objects that consoles write in place of folders."""
    listed = list(files)
    folders = {str(parent) for file in listed for parent in PurePosixPath(file.path).parents}
    return [file for file in listed if file.path not in folders]


def _download(store: ObjectStore, source: str, tag: str, target: Path) -> None:
    """Copy one object. Raises RepositoryError where it is no longer the one that was listed."""
    found = obstore.get(store, source)
    if _tag(found.meta) != tag:
        raise RepositoryError(f"{source} was changed while the version was downloaded")
    with target.open("wb") as file:
        for chunk in found.stream(min_chunk_size=_CHUNK):
            file.write(chunk)


def _joined(prefix: str, path: str) -> str:
    return f"{prefix}/{path}" if prefix else path
