"""Namespaces of the tests' own, with a claim for the models that lie in a folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from control_plane import Kubectl
from real_cluster.cluster import Cluster


@contextmanager
def namespace(cluster: Cluster, models: Path) -> Iterator[Kubectl]:
    """A new namespace where a claim named ocr-models holds a folder; afterwards it goes.

    Nobody waits for that: its pods have a minute to end.
    """
    name = f"test-{uuid4().hex[:8]}"
    kubectl = cluster.kubectl.within(name)
    kubectl("create", "namespace", name)
    kubectl.apply(*claim("ocr-models", name, models))
    # A pod that comes before its volume waits until the scheduler looks again, many seconds later.
    kubectl("wait", "--for=jsonpath={.status.phase}=Bound", "pvc/ocr-models", "--timeout=30s")
    try:
        yield kubectl
    finally:
        kubectl("delete", "namespace", name, "--wait=false", "--ignore-not-found")
        kubectl("delete", "persistentvolume", f"{name}-ocr-models", "--wait=false")


def claim(
    name: str, namespace: str, folder: Path, mode: str = "ReadOnlyMany"
) -> list[dict[str, Any]]:
    """A claim for a folder of the node's."""
    volume_name = f"{namespace}-{name}"
    size = {"storage": "1Gi"}
    volume = {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": volume_name},
        "spec": {
            "capacity": size,
            "accessModes": [mode],
            "hostPath": {"path": str(folder)},
            "claimRef": {"namespace": namespace, "name": name},
        },
    }
    wanted = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name},
        "spec": {
            "accessModes": [mode],
            "resources": {"requests": size},
            "storageClassName": "",
            "volumeName": volume_name,
        },
    }
    return [volume, wanted]
