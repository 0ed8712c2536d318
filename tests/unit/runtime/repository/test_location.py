"""Base paths in a cloud."""

from __future__ import annotations

import pytest

from modelserver_runtime.repository.location import Cloud, Location, is_cloud, parse
from modelserver_runtime.repository.source import RepositoryError


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("s3://bucket/models/m", Location(Cloud.S3, "bucket", "models/m")),
        ("s3://bucket/models/m/", Location(Cloud.S3, "bucket", "models/m")),
        ("s3://my.bucket", Location(Cloud.S3, "my.bucket", "")),
        ("s3://minio:9000/bucket/m", Location(Cloud.S3, "bucket", "m", "minio:9000")),
        ("gs://bucket/m", Location(Cloud.GS, "bucket", "m")),
        ("az://container/m", Location(Cloud.AZ, "container", "m")),
        ("azure://container/m", Location(Cloud.AZ, "container", "m")),
    ],
)
def test_a_url_says_where_the_models_are(url: str, location: Location) -> None:
    assert is_cloud(url)
    assert parse(url) == location


def test_a_path_is_no_url() -> None:
    assert not is_cloud("/models/m")


@pytest.mark.parametrize(
    "url", ["s3://", "ftp://host/m", "gs://host:80/bucket/m", "hdfs://a/b", "S3://bucket/m"]
)
def test_any_other_url_is_refused_with_those_that_are_allowed(url: str) -> None:
    with pytest.raises(RepositoryError, match=f"base_path {url}: expected a local path, s3://"):
        parse(url)


def test_azure_files_are_to_be_mounted() -> None:
    with pytest.raises(RepositoryError, match="Azure Files is read as a volume"):
        parse("azfs://share/m")
