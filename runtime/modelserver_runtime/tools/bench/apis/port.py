"""What the load asks of a protocol."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

from modelserver_runtime.protocols.tfs_documents import DATA_TYPES
from modelserver_runtime.settings import SettingsError
from modelserver_runtime.tensors import Datatype, OutputTensor

_BY_TFS_NAME: Final = {name: datatype for datatype, name in DATA_TYPES.items()}


class ModelInput(NamedTuple):
    """An input as metadata describes it; -1 is an axis of any size."""

    name: str
    datatype: Datatype
    shape: tuple[int, ...]


class AskFailed(Exception):
    """A request without a good answer; the message says why."""


class Client(Protocol):
    """One connection, with at most one request on it."""

    async def open(self) -> None:
        """Connect. Raises OSError where that fails."""

    async def ask(self, request: bytes) -> None:
        """Send an encoded request and await its answer. Raises AskFailed."""

    async def close(self) -> None:
        """Disconnect."""


class Api(Protocol):
    """A protocol, and the model it is spoken about."""

    async def inputs(self) -> Sequence[ModelInput]:
        """What the model takes.

        Raises:
            SettingsError: the server does not know the model.
            OSError: the server can't be reached.
        """

    def encode(self, tensors: Sequence[OutputTensor]) -> bytes:
        """An inference request."""

    def client(self) -> Client:
        """A new connection for such requests, not yet open."""


def datatype(name: str, of: str) -> Datatype:
    """A datatype by its KServe name. Raises SettingsError where no such tensors can be made."""
    try:
        return Datatype(name)
    except ValueError:
        raise SettingsError(
            f"input {of} has the datatype {name}, which is not one of {', '.join(Datatype)}"
        ) from None


def tfs_datatype(name: str, of: str) -> Datatype:
    """The same by TensorFlow's name."""
    try:
        return _BY_TFS_NAME[name]
    except KeyError:
        raise SettingsError(
            f"input {of} has the datatype {name}, which is not one of {', '.join(_BY_TFS_NAME)}"
        ) from None
