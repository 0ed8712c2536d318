"""What the tests on a real cluster share: the cluster, with everything that Helm installs on it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from control_plane import Kubectl
from real_cluster import Cluster, sandbox
from real_cluster.product import install_everything

PROJECT = Path(__file__).parents[2]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first test waits for the whole cluster, and autoscalers take their time."""
    for item in items:
        item.add_marker(pytest.mark.timeout(1200))


@pytest.fixture(scope="session")
def bare_cluster() -> Iterator[Cluster]:
    """A cluster with nothing of the project on it."""
    if not sandbox.entered():
        pytest.skip("needs a cluster: make e2e, as root")
    with Cluster() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def cluster(bare_cluster: Cluster) -> Cluster:
    """The cluster with Prometheus, adapter, KEDA, metrics-server and the operator."""
    install_everything(bare_cluster)
    return bare_cluster


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the quickstart's model."""
    folder = tmp_path_factory.mktemp("models")
    script = PROJECT / "examples/quickstart/prepare_model.py"
    subprocess.run([sys.executable, script, f"--output={folder}"], check=True)
    folder.chmod(0o755)
    return folder


@pytest.fixture
def kubectl(cluster: Cluster, models: Path) -> Iterator[Kubectl]:
    """kubectl in a namespace of the test's own, where a claim named ocr-models holds the model."""
    name = f"test-{uuid4().hex[:8]}"
    kubectl = cluster.kubectl.within(name)
    kubectl("create", "namespace", name)
    kubectl.apply(*claim("ocr-models", name, models))
    yield kubectl
    kubectl("delete", "namespace", name, "--timeout=120s")
    kubectl("delete", "persistentvolume", name)


def claim(name: str, namespace: str, folder: Path) -> list[dict[str, Any]]:
    """A claim for a folder of the node's."""
    size = {"storage": "1Gi"}
    volume = {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": namespace},
        "spec": {
            "capacity": size,
            "accessModes": ["ReadOnlyMany"],
            "hostPath": {"path": str(folder)},
            "claimRef": {"namespace": namespace, "name": name},
        },
    }
    wanted = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name},
        "spec": {
            "accessModes": ["ReadOnlyMany"],
            "resources": {"requests": size},
            "storageClassName": "",
            "volumeName": namespace,
        },
    }
    return [volume, wanted]
