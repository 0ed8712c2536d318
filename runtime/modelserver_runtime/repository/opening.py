"""From a base path to the source that reads it."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from modelserver_runtime.repository.cloud import CloudSource
from modelserver_runtime.repository.local import LocalSource
from modelserver_runtime.repository.location import is_cloud, parse
from modelserver_runtime.repository.source import Source
from modelserver_runtime.repository.stores import open_stores


def open_source(name: str, base_path: str, downloads: Path) -> Source:
    """Open the repository of a model.

    Args:
        downloads: where versions from a cloud are kept, in a folder for each source.

    Raises:
        RepositoryError: the base path is a URL that leads nowhere.
    """
    if not is_cloud(base_path):
        return LocalSource(base_path)
    location = parse(base_path)
    folder = downloads / sha256(repr((name, base_path)).encode()).hexdigest()[:16]
    return CloudSource(base_path, location.path, open_stores(location), folder)
