"""A cluster for installers alone, since what they install is the cluster's only definition."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from control_plane import ControlPlane, Kubectl, Refused
from control_plane.processes import environment

ROOT = Path(__file__).parents[3]
CHART = ROOT / "charts/modelserver-operator"
NAMESPACE = "modelserver-operator"
DEFINITION = "crd/modelservers.intel.com"


@dataclass(frozen=True, slots=True)
class Helm:
    """Helm as the administrator.

    `taking_over` are the arguments by which it takes what belongs to no release: Helm 4 applies on
    the server's side, and there somebody else's fields are a conflict.
    """

    program: Path
    kubeconfig: Path
    taking_over: tuple[str, ...]

    def __call__(self, *arguments: str | Path) -> str:
        """What `helm ARGUMENTS…` prints.

        Raises:
            Refused: It ended with an error.
        """
        done = subprocess.run(
            [self.program, "--namespace", NAMESPACE, *arguments],
            capture_output=True,
            text=True,
            env=environment(KUBECONFIG=str(self.kubeconfig)),
            check=False,
        )
        if done.returncode:
            raise Refused(done.stderr.strip())
        return done.stdout

    def install(self, *arguments: str | Path, chart: Path = CHART) -> str:
        """Install the release, or upgrade it."""
        return self("upgrade", "--install", "modelserver-operator", chart, *arguments)

    def uninstall(self) -> str:
        """Uninstall the release, and wait until its objects are gone."""
        return self("uninstall", "modelserver-operator", "--wait", "--ignore-not-found")


@pytest.fixture(scope="session")
def cluster(
    tmp_path_factory: pytest.TempPathFactory,
    control_plane_programs: None,
    prometheus_operator_crds: list[Path],
) -> Iterator[ControlPlane]:
    with ControlPlane(tmp_path_factory.mktemp("install")) as plane:
        files = [f"--filename={file}" for file in prometheus_operator_crds]
        Kubectl(plane.admin)("apply", "--server-side", *files)
        plane.start_controllers()
        yield plane


@pytest.fixture
def kubectl(cluster: ControlPlane) -> Iterator[Kubectl]:
    """kubectl in a restricted namespace for the operator; afterwards nothing of it is left."""
    kubectl = Kubectl(cluster.admin, NAMESPACE)
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    kubectl.apply(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": labels}}
    )
    yield kubectl
    kubectl("delete", DEFINITION, "--ignore-not-found")


@pytest.fixture(params=["Helm 3", "Helm 4"])
def release(
    request: pytest.FixtureRequest,
    cluster: ControlPlane,
    kubectl: Kubectl,
    helm: Path,
    helm4: Path,
) -> Iterator[Helm]:
    """Helm, whose release is uninstalled afterwards."""
    if request.param == "Helm 3":
        release = Helm(helm, cluster.admin, ("--take-ownership",))
    else:
        release = Helm(helm4, cluster.admin, ("--take-ownership", "--force-conflicts"))
    yield release
    release.uninstall()


@pytest.fixture
def old_definition() -> dict[str, Any]:
    """The one that Intel's operator brought."""
    return yaml.safe_load((ROOT / "tests/data/intel-operator/crd.yaml").read_text())
