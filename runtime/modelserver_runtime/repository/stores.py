"""Clients of cloud storage, none of which waits or retries for ever."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from obstore.exceptions import BaseError
from obstore.store import AzureStore, GCSStore, S3Store

from modelserver_runtime.repository.credentials import access
from modelserver_runtime.repository.location import Cloud, Location
from modelserver_runtime.repository.source import RepositoryError

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore, RetryConfig

_CLIENT: Final[ClientConfig] = {
    "allow_http": True,  # in use only where an endpoint is given as http://
    "connect_timeout": "5s",
    "read_timeout": "30s",  # without a byte
    "timeout": "1day",  # for the whole of a download, however large
}
_RETRIES: Final[RetryConfig] = {"max_retries": 3, "retry_timeout": timedelta(seconds=30)}


@dataclass(frozen=True, slots=True)
class Stores:
    """Clients of one bucket.

    Attributes:
        first: asks with the credentials that were given, or else as nobody.
        second: asks as the machine or pod that this is, where none were given.
    """

    first: ObjectStore
    second: ObjectStore | None


def open_stores(location: Location) -> Stores:
    """Make the clients; nothing is asked yet. Raises RepositoryError."""
    allowed = access(location, os.environ)
    try:
        if allowed.has_credentials:
            return Stores(_store(location, allowed.options), None)
        nobody = _store(location, {**allowed.options, "skip_signature": True})
        return Stores(nobody, _store(location, allowed.options))
    except (BaseError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise RepositoryError(f"{location.cloud}://{location.bucket}: {reason}") from error


def _store(location: Location, options: Mapping[str, Any]) -> ObjectStore:
    common: dict[str, Any] = {"client_options": _CLIENT, "retry_config": _RETRIES, **options}
    match location.cloud:
        case Cloud.S3:
            return S3Store(location.bucket, **common)
        case Cloud.GS:
            return GCSStore(location.bucket, **common)
        case Cloud.AZ:
            return AzureStore(location.bucket, **common)
