"""What the tests on a real cluster share: the cluster, with everything that Helm installs on it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from control_plane import Kubectl
from real_cluster import Cluster, sandbox
from real_cluster.namespaces import namespace
from real_cluster.product import install_everything

PROJECT = Path(__file__).parents[2]
LOGS = PROJECT / "build/e2e-logs"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first test waits for the whole cluster, and autoscalers take their time."""
    for item in items:
        item.add_marker(pytest.mark.timeout(1200))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say where the cluster's programs, its pods and events left what they told."""
    if sandbox.entered():
        terminalreporter.write_line(f"Logs: {LOGS}")


@pytest.fixture(scope="session")
def bare_cluster() -> Iterator[Cluster]:
    """A cluster with nothing of the project on it."""
    if not sandbox.entered():
        pytest.skip("needs a cluster: make e2e, as root")
    with Cluster() as cluster:
        try:
            yield cluster
        finally:
            cluster.logs.collect(LOGS)


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
    with namespace(cluster, models) as kubectl:
        yield kubectl


@pytest.fixture(scope="module")
def shared_kubectl(cluster: Cluster, models: Path) -> Iterator[Kubectl]:
    """kubectl in such a namespace, which all tests of a module share."""
    with namespace(cluster, models) as kubectl:
        yield kubectl
