"""What the operator before this one left on ModelServers themselves."""

from modelserver_operator.cluster import Cluster
from modelserver_operator.cluster.kinds import MODEL_SERVER
from modelserver_operator.cluster.port import Manifest

FINALIZERS = frozenset(
    {
        "helm.sdk.operatorframework.io/uninstall-release",
        "uninstall-helm-release",
    }
)
"""Without that operator nobody removes them, and the ModelServer could never be deleted."""


def leftover_finalizers(server: Manifest) -> list[int]:
    """Where they stand among the ModelServer's finalizers."""
    found = server["metadata"].get("finalizers", [])
    return [index for index, name in enumerate(found) if name in FINALIZERS]


async def remove_finalizers(cluster: Cluster, server: Manifest) -> Manifest:
    """The ModelServer without them.

    Raises:
        Refused: its finalizers have changed since it was read.
    """
    metadata = server["metadata"]
    operations = list[Manifest]()
    for index in reversed(leftover_finalizers(server)):
        path = f"/metadata/finalizers/{index}"
        operations.append({"op": "test", "path": path, "value": metadata["finalizers"][index]})
        operations.append({"op": "remove", "path": path})
    return await cluster.json_patch(
        MODEL_SERVER, metadata["namespace"], metadata["name"], operations
    )
