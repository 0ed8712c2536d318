"""What the operator asks of a cluster."""

from collections.abc import Mapping
from typing import Any, Protocol

from modelserver_operator.cluster.kinds import Kind

Manifest = dict[str, Any]

FIELD_MANAGER = "modelserver-operator"
"""By this name the API server remembers which fields are ours."""


class Cluster(Protocol):
    """The requests that the operator makes; objects are plain JSON.

    Every method may raise `Unreachable` and `Forbidden`, and `NotServed` for a kind that is not
    installed. A namespace of None means all of them, or that the kind has none.
    """

    async def get(self, kind: Kind, namespace: str | None, name: str) -> Manifest | None:
        """The object, or None where there is none."""
        ...

    async def get_metadata(self, kind: Kind, namespace: str | None, name: str) -> Manifest | None:
        """The object's metadata alone, which is all that need be known of a Secret."""
        ...

    async def list_objects(
        self,
        kind: Kind,
        namespace: str | None,
        labels: Mapping[str, str] | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> list[Manifest]:
        """The objects that have all of the labels, and these fields as far as the kind has any."""
        ...

    async def create(self, manifest: Manifest) -> Manifest:
        """Make an object, which the answer shows.

        Raises:
            Conflict: there is one of that name.
            Refused: it is not valid.
        """
        ...

    async def apply(self, manifest: Manifest, *, force: bool = True) -> Manifest:
        """Server-side apply; the answer is the object as it is now.

        With a uid in its metadata, only the very object is changed and none is made.

        Raises:
            Conflict: another object has its name, or, without `force`, fields are somebody else's.
            Refused: it is not valid.
        """
        ...

    async def merge_patch(
        self, kind: Kind, namespace: str, name: str, patch: Manifest, subresource: str = ""
    ) -> Manifest:
        """JSON merge patch (RFC 7386) of an object, or of its `status` or `scale`.

        Raises:
            NotFound: there is no such object.
            Refused: what it would become is not valid.
        """
        ...

    async def json_patch(
        self, kind: Kind, namespace: str, name: str, operations: list[Manifest]
    ) -> Manifest:
        """JSON patch (RFC 6902).

        Raises:
            NotFound: there is no such object.
            Conflict: its resource version is not the one that an operation gives.
            Refused: a `test` does not hold, or what it would become is not valid.
        """
        ...

    async def delete(self, kind: Kind, namespace: str, name: str, uid: str) -> None:
        """Delete this very object; that it has gone already is no error.

        Raises:
            Conflict: the name belongs to another object by now.
        """
        ...

    async def served(self, kind: Kind) -> bool:
        """Whether the kind is installed."""
        ...

    async def may(self, verb: str, kind: Kind, namespace: str | None, name: str = "") -> bool:
        """Whether the operator has the right, for all objects or for the one of a name."""
        ...

    async def read(self, path: str) -> Manifest | None:
        """What the API server serves at a path, such as an aggregated API's metrics, if it does."""
        ...
