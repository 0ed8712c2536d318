"""The Secrets for credentials that stand in the spec itself, where the old operator wanted them.

They keep the names and keys they had. Credentials that a user keeps in a Secret of their own, and
names in `deployment_parameters.env`, never come through here.
"""

from base64 import b64encode
from collections.abc import Iterator
from typing import NamedTuple

from modelserver_operator.api import ModelServer
from modelserver_operator.render.manifest import Manifest, metadata
from modelserver_operator.render.names import fullname


class Credential(NamedTuple):
    """One credential in the spec: its field, the variable it becomes, and its place in a Secret."""

    field: str
    variable: str
    suffix: str
    key: str


_CREDENTIALS = (
    Credential(
        field="aws_secret_access_key",
        variable="AWS_SECRET_ACCESS_KEY",
        suffix="aws-secret",
        key="secret_access_key",
    ),
    Credential(
        field="azure_storage_connection_string",
        variable="AZURE_STORAGE_CONNECTION_STRING",
        suffix="azure-secret",
        key="connection_string",
    ),
)


def inline_credentials(server: ModelServer) -> Iterator[tuple[Credential, str]]:
    """The credentials that stand in the spec, with their values."""
    for credential in _CREDENTIALS:
        if value := getattr(server.spec.models_repository, credential.field):
            yield credential, value


def secrets(server: ModelServer) -> tuple[Manifest, ...]:
    """A Secret for each credential in the spec."""
    return tuple(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": metadata(server, _name(server, credential)),
            "type": "Opaque",
            "data": {credential.key: b64encode(value.encode()).decode()},
        }
        for credential, value in inline_credentials(server)
    )


def secret_references(server: ModelServer) -> dict[str, Manifest]:
    """The environment variables that read these Secrets, each with its `valueFrom`."""
    return {
        credential.variable: {
            "secretKeyRef": {"name": _name(server, credential), "key": credential.key}
        }
        for credential, _ in inline_credentials(server)
    }


def _name(server: ModelServer, credential: Credential) -> str:
    return f"{fullname(server)}-{credential.suffix}"
