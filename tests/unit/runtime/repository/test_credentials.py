"""From environment variables to what the client library is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelserver_runtime.repository.credentials import Access, access
from modelserver_runtime.repository.location import parse
from modelserver_runtime.repository.source import RepositoryError

ACCOUNT = "AccountName=acc;AccountKey=a2V5Cg==;"
CREDENTIALS = """
[models]
aws_access_key_id = id
aws_secret_access_key = sec%ret
"""


@pytest.mark.parametrize(
    ("url", "environment", "expected"),
    [
        ("s3://b/m", {}, Access({}, has_credentials=False)),
        ("s3://b/m", {"AWS_ACCESS_KEY_ID": "id"}, Access({}, has_credentials=True)),
        ("s3://b/m", {"AWS_ACCESS_KEY_ID": ""}, Access({}, has_credentials=False)),
        ("s3://b/m", {"AWS_WEB_IDENTITY_TOKEN_FILE": "/t"}, Access({}, has_credentials=True)),
        (
            "s3://b/m",
            {"S3_ENDPOINT": "minio:9000"},
            Access({"endpoint": "http://minio:9000"}, False),
        ),
        (
            "s3://b/m",
            {"S3_ENDPOINT": "https://minio"},
            Access({"endpoint": "https://minio"}, False),
        ),
        ("s3://minio:9000/b/m", {}, Access({"endpoint": "http://minio:9000"}, False)),
        ("gs://b/m", {}, Access({}, has_credentials=False)),
        ("gs://b/m", {"GOOGLE_APPLICATION_CREDENTIALS": "/k"}, Access({}, has_credentials=True)),
        (
            "gs://b/m",
            {"STORAGE_EMULATOR_HOST": "gcs:443"},
            Access({"base_url": "http://gcs:443"}, False),
        ),
        (
            "az://c/m",
            {"AZURE_STORAGE_ACCOUNT": "acc"},
            Access({"account_name": "acc"}, has_credentials=False),
        ),
        ("az://c/m", {"AZURE_STORAGE_ACCOUNT_NAME": "acc"}, Access({}, has_credentials=False)),
        (
            "az://c/m",
            {"AZURE_STORAGE_ACCOUNT": "acc", "AZURE_STORAGE_KEY": "k"},
            Access({"account_name": "acc", "account_key": "k"}, has_credentials=True),
        ),
    ],
)
def test_what_is_given_is_passed_on(
    url: str, environment: dict[str, str], expected: Access
) -> None:
    assert access(parse(url), environment) == expected


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        (ACCOUNT, "https://acc.blob.core.windows.net"),
        (f"DefaultEndpointsProtocol=http;{ACCOUNT}EndpointSuffix=x.cn", "http://acc.blob.x.cn"),
        (f"{ACCOUNT}BlobEndpoint=http://host:10000/acc", "http://host:10000/acc"),
    ],
)
def test_a_connection_string_names_account_key_and_endpoint(text: str, endpoint: str) -> None:
    connected = access(parse("az://c/m"), {"AZURE_STORAGE_CONNECTION_STRING": text})

    assert connected.has_credentials
    assert connected.options == {
        "account_name": "acc",
        "account_key": "a2V5Cg==",
        "endpoint": endpoint,
    }


def test_a_connection_string_may_carry_a_signature_in_place_of_a_key() -> None:
    text = "BlobEndpoint=https://acc.blob.core.windows.net/;SharedAccessSignature=sv=1&sig=a%3D"
    connected = access(parse("az://c/m"), {"AZURE_STORAGE_CONNECTION_STRING": text})

    assert connected.has_credentials
    assert connected.options["account_name"] == "acc"
    assert connected.options["sas_key"] == "sv=1&sig=a%3D"


def test_development_storage_is_the_emulator_on_this_machine() -> None:
    text = "UseDevelopmentStorage=true"
    options = access(parse("az://c/m"), {"AZURE_STORAGE_CONNECTION_STRING": text}).options

    assert options["endpoint"] == "http://127.0.0.1:10000/devstoreaccount1"


def test_an_aws_profile_brings_its_keys(tmp_path: Path) -> None:
    file = tmp_path / "credentials"
    file.write_text(CREDENTIALS)
    environment = {"AWS_PROFILE": "models", "AWS_SHARED_CREDENTIALS_FILE": str(file)}

    assert access(parse("s3://b/m"), environment) == Access(
        {"access_key_id": "id", "secret_access_key": "sec%ret"}, has_credentials=True
    )


@pytest.mark.parametrize(
    ("url", "environment", "message"),
    [
        ("az://c/m", {}, "az:// needs AZURE_STORAGE_CONNECTION_STRING or AZURE_STORAGE_ACCOUNT"),
        (
            "az://c/m",
            {"AZURE_STORAGE_CONNECTION_STRING": "AccountKey=k"},
            "AZURE_STORAGE_CONNECTION_STRING: AccountName is missing",
        ),
        (
            "s3://b/m",
            {"AWS_PROFILE": "p", "AWS_SHARED_CREDENTIALS_FILE": "/nowhere"},
            "AWS_PROFILE p: /nowhere: .*No such file",
        ),
    ],
)
def test_what_is_missing_is_named(url: str, environment: dict[str, str], message: str) -> None:
    with pytest.raises(RepositoryError, match=message):
        access(parse(url), environment)
