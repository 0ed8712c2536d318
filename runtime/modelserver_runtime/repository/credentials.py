"""Who asks a cloud's storage, and where: from the usual environment variables.

The client library reads most of them itself. Here are those that it doesn't know, and those that
OpenVINO Model Server spells in its own way.
"""

from __future__ import annotations

from collections.abc import Mapping
from configparser import ConfigParser
from configparser import Error as ConfigParserError
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from modelserver_runtime.repository.location import Cloud, Location
from modelserver_runtime.repository.source import RepositoryError

Environment: TypeAlias = Mapping[str, str]

_NAMED_BY_LIBRARY: Final = {
    Cloud.S3: (
        "AWS_ACCESS_KEY_ID",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
    ),
    Cloud.GS: (
        "GOOGLE_APPLICATION_CREDENTIALS",
        "GOOGLE_SERVICE_ACCOUNT",
        "GOOGLE_SERVICE_ACCOUNT_KEY",
        "GOOGLE_SERVICE_ACCOUNT_PATH",
    ),
    Cloud.AZ: (
        "AZURE_CLIENT_SECRET",
        "AZURE_FEDERATED_TOKEN_FILE",
        "AZURE_STORAGE_ACCESS_KEY",
        "AZURE_STORAGE_ACCOUNT_KEY",
        "AZURE_STORAGE_SAS_TOKEN",
        "AZURE_STORAGE_TOKEN",
    ),
}
_CREDENTIAL_KEYS: Final = frozenset({"access_key_id", "account_key", "sas_key"})

_CONNECTION_STRING: Final = "AZURE_STORAGE_CONNECTION_STRING"
_DEVELOPMENT: Final = {  # the published account of Azure's storage emulators
    "AccountName": "devstoreaccount1",
    "AccountKey": (
        "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
    ),
    "BlobEndpoint": "http://127.0.0.1:10000/devstoreaccount1",
}


@dataclass(frozen=True, slots=True)
class Access:
    """What the client library is told beside the environment variables that it knows.

    Attributes:
        has_credentials: whether anything says who asks. If not, public buckets can still be read.
    """

    options: Mapping[str, str]
    has_credentials: bool


def access(location: Location, environment: Environment) -> Access:
    """How to reach a bucket. Raises RepositoryError where a variable can't be understood."""
    options = _OPTIONS[location.cloud](location, environment)
    given = any(environment.get(name) for name in _NAMED_BY_LIBRARY[location.cloud])
    return Access(options, given or not _CREDENTIAL_KEYS.isdisjoint(options))


def _s3(location: Location, environment: Environment) -> dict[str, str]:
    options = {}
    endpoint = environment.get("S3_ENDPOINT") or location.address
    if endpoint:
        options["endpoint"] = endpoint if "://" in endpoint else f"http://{endpoint}"
    if profile := environment.get("AWS_PROFILE"):
        options |= _aws_profile(profile, environment)
    return options


def _aws_profile(profile: str, environment: Environment) -> dict[str, str]:
    """The keys of a profile in the credentials file that the AWS tools share."""
    file = environment.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials"
    parser = ConfigParser(interpolation=None)
    try:
        parser.read_string(Path(file).expanduser().read_text())
        return {key.removeprefix("aws_"): value for key, value in parser.items(profile)}
    except (OSError, ConfigParserError) as error:
        reason = str(error).partition("\n")[0]
        raise RepositoryError(f"AWS_PROFILE {profile}: {file}: {reason}") from error


def _gs(_location: Location, environment: Environment) -> dict[str, str]:
    emulator = environment.get("STORAGE_EMULATOR_HOST")
    if not emulator:
        return {}
    return {"base_url": emulator if "://" in emulator else f"http://{emulator}"}


def _az(_location: Location, environment: Environment) -> dict[str, str]:
    if text := environment.get(_CONNECTION_STRING):
        return _connection(text)
    spelled = {
        "account_name": environment.get("AZURE_STORAGE_ACCOUNT"),
        "account_key": environment.get("AZURE_STORAGE_KEY"),
    }
    options = {key: value for key, value in spelled.items() if value}
    if not options.get("account_name") and not environment.get("AZURE_STORAGE_ACCOUNT_NAME"):
        raise RepositoryError(f"az:// needs {_CONNECTION_STRING} or AZURE_STORAGE_ACCOUNT")
    return options


def _connection(text: str) -> dict[str, str]:
    """The parts of a connection string, under the client library's names."""
    parts = dict(part.strip().partition("=")[::2] for part in text.split(";") if part.strip())
    if parts.get("UseDevelopmentStorage") == "true":
        parts = _DEVELOPMENT
    account, endpoint = parts.get("AccountName"), parts.get("BlobEndpoint")
    if not account and not endpoint:
        raise RepositoryError(f"{_CONNECTION_STRING}: AccountName is missing")
    protocol = parts.get("DefaultEndpointsProtocol", "https")
    suffix = parts.get("EndpointSuffix", "core.windows.net")
    found = {
        "account_name": account or str(endpoint).partition("://")[2].partition(".")[0],
        "account_key": parts.get("AccountKey"),
        "sas_key": parts.get("SharedAccessSignature"),
        "endpoint": endpoint or f"{protocol}://{account}.blob.{suffix}",
    }
    return {key: value for key, value in found.items() if value}


_OPTIONS: Final = {Cloud.S3: _s3, Cloud.GS: _gs, Cloud.AZ: _az}
