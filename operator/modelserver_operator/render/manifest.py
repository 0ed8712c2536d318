"""What all rendered objects share: the shape of a manifest and its metadata."""

from collections.abc import Mapping
from typing import Any

from modelserver_operator.api import ModelServer
from modelserver_operator.api.modelserver import GROUP, KIND, VERSION

Manifest = dict[str, Any]

MANAGED_BY = {"app.kubernetes.io/managed-by": "modelserver-operator"}


def metadata(server: ModelServer, name: str, labels: Mapping[str, str] | None = None) -> Manifest:
    """The metadata of an object that belongs to `server`.

    The owner is named once it has a uid, that is once the API server has stored it: then deleting
    the ModelServer deletes the object. `controller` keeps two ModelServers from sharing an object.
    """
    return given(
        name=name,
        namespace=server.metadata.namespace,
        labels={**(labels or {}), **MANAGED_BY},
        ownerReferences=_owner(server),
    )


def _owner(server: ModelServer) -> list[Manifest]:
    if not server.metadata.uid:
        return []
    return [
        {
            **reference(server),
            "uid": server.metadata.uid,
            "controller": True,
            "blockOwnerDeletion": True,
        }
    ]


def reference(server: ModelServer) -> Manifest:
    """How another object names this ModelServer, as the target of an autoscaler does."""
    return {"apiVersion": f"{GROUP}/{VERSION}", "kind": KIND, "name": server.metadata.name}


def given(**fields: object) -> Manifest:
    """The fields that say something: those that are neither None nor empty. 0 and False stay."""
    return {name: value for name, value in fields.items() if value not in (None, "", [], {})}
