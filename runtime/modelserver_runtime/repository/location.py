"""Base paths in a cloud, taken apart.

s3://bucket/path             Amazon S3, or the storage that S3_ENDPOINT names
s3://host:9000/bucket/path   the S3-compatible storage at that address
gs://bucket/path             Google Cloud Storage
az://container/path          Azure Blob Storage; azure:// is the same
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from modelserver_runtime.repository.source import RepositoryError

_URL: Final = re.compile(
    r"(?P<scheme>s3|gs|az|azure)://"
    r"((?P<address>[\w.-]+:\d+)/)?(?P<bucket>[^/:]+)(/(?P<path>.*))?"
)


class Cloud(StrEnum):
    """The kinds of object storage, by their URL scheme."""

    S3 = "s3"
    GS = "gs"
    AZ = "az"


@dataclass(frozen=True, slots=True)
class Location:
    """Where a base path points.

    Attributes:
        bucket: Azure calls it container.
        path: inside the bucket, without slashes at its ends; empty for the whole bucket.
        address: host and port of an S3-compatible storage, where the URL has them.
    """

    cloud: Cloud
    bucket: str
    path: str
    address: str | None = None


def is_cloud(base_path: str) -> bool:
    """Whether a base path is a URL and no path on this machine."""
    return "://" in base_path


def parse(url: str) -> Location:
    """Take a URL apart. Raises RepositoryError."""
    if url.startswith("azfs://"):
        raise RepositoryError(
            f"base_path {url}: Azure Files is read as a volume; mount the share, give its path"
        )
    match = _URL.fullmatch(url)
    if match is None or (match["address"] and match["scheme"] != Cloud.S3):
        raise RepositoryError(
            f"base_path {url}: expected a local path, s3://BUCKET/PATH, s3://HOST:PORT/BUCKET/PATH,"
            " gs://BUCKET/PATH or az://CONTAINER/PATH"
        )
    cloud = Cloud.AZ if match["scheme"] == "azure" else Cloud(match["scheme"])
    return Location(cloud, match["bucket"], (match["path"] or "").strip("/"), match["address"])
