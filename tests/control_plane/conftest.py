"""What the tests against a real API server share: the control plane, and a namespace for each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest
import yaml

from control_plane import ControlPlane, Kubectl, definitions
from control_plane.operator import OperatorProcess
from control_plane.pods import RunningPods
from modelserver_operator.api import custom_resource_definition
from programs import crds

StartOperator = Callable[..., OperatorProcess]

# Those of others that the operator makes objects of or reads.
FOREIGN = re.compile("_(servicemonitors|prometheuses|prometheusrules|scaledobjects)$")


@pytest.fixture(scope="session")
def control_plane(
    tmp_path_factory: pytest.TempPathFactory, control_plane_programs: None
) -> Iterator[ControlPlane]:
    """etcd, API server and controllers; the definitions are there before these look for them."""
    with ControlPlane(tmp_path_factory.mktemp("control-plane")) as plane:
        install_definitions(Kubectl(plane.admin))
        plane.start_controllers()
        yield plane


def install_definitions(kubectl: Kubectl) -> None:
    files = [*crds("prometheus-operator-crds"), *crds("keda-crds")]
    foreign = [yaml.safe_load(file.read_text()) for file in files if FOREIGN.search(file.stem)]
    definitions.install(kubectl, custom_resource_definition(), *foreign)


@pytest.fixture
def namespace(control_plane: ControlPlane) -> Iterator[str]:
    """A namespace of the test's own, where nobody has made anything yet."""
    kubectl = Kubectl(control_plane.admin)
    name = f"test-{uuid4().hex[:8]}"
    kubectl("create", "namespace", name)
    yield name
    kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture
def kubectl(control_plane: ControlPlane, namespace: str) -> Kubectl:
    """kubectl as the administrator, in the test's namespace."""
    return Kubectl(control_plane.admin, namespace)


@pytest.fixture
def running_pods(control_plane: ControlPlane) -> Iterator[RunningPods]:
    """While the test runs, pods become Running and Ready."""
    with RunningPods(control_plane) as pods:
        yield pods


@pytest.fixture
def start_operator(
    control_plane: ControlPlane, namespace: str, tmp_path: Path
) -> Iterator[StartOperator]:
    """Start an operator, for the test's namespace unless `everywhere`; it ends with the test.

    Its log is shown if the test fails.
    """
    with ExitStack() as ends:

        def start(
            *flags: str, everywhere: bool = False, server: str | None = None
        ) -> OperatorProcess:
            operator = OperatorProcess(
                control_plane, namespace, tmp_path, *flags, everywhere=everywhere, server=server
            )
            ends.callback(lambda: print(operator.log.read_text()))
            ends.callback(operator.stop)
            operator.start()
            return operator

        yield start


@pytest.fixture
def operator(start_operator: StartOperator) -> OperatorProcess:
    """An operator that looks after the test's namespace."""
    return start_operator()
