"""The operator works with what an installation gives it: arguments, environment, rights."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from control_plane import ControlPlane, Kubectl, eventually, kubeconfig
from control_plane.pods import RunningPods
from control_plane.processes import Process, environment, free_port

DEPLOY = Path(__file__).parents[3] / "deploy"
NAME = "modelserver-operator"
SERVER: dict[str, Any] = {
    "apiVersion": "intel.com/v1alpha1",
    "kind": "ModelServer",
    "metadata": {"name": "demo"},
    "spec": {"models_settings": {"model_name": "ocr", "model_path": "/models/ocr"}},
}

Helm = Any
Start = Callable[[], Process]


@pytest.fixture
def start(cluster: ControlPlane, kubectl: Kubectl, tmp_path: Path) -> Iterator[Start]:
    """Run the container of the installed Deployment as a process, as its ServiceAccount."""
    started: list[Process] = []

    def run() -> Process:
        (container,) = kubectl.get("deployment", NAME)["spec"]["template"]["spec"]["containers"]
        token = kubectl("create", "token", NAME).strip()
        config = kubeconfig.by_token(cluster.url, cluster.trust, token)
        port = free_port()
        process = Process(
            [sys.executable, "-m", "modelserver_operator", *container["args"], f"--port={port}"],
            tmp_path / "operator.log",
            lambda: answers(f"http://127.0.0.1:{port}/readyz"),
            environment(
                KUBECONFIG=str(kubeconfig.written(config, tmp_path / "kubeconfig")),
                POD_NAMESPACE=kubectl.namespace,
                **{each["name"]: each["value"] for each in container["env"] if "value" in each},
            ),
        )
        started.append(process)
        process.start()
        return process

    yield run
    for process in started:
        process.stop()


def answers(url: str) -> bool:
    with suppress(httpx.TransportError):
        return httpx.get(url).is_success
    return False


@pytest.fixture
def elsewhere(kubectl: Kubectl) -> Iterator[Kubectl]:
    """kubectl in a namespace of a user's."""
    name = f"vision-{uuid4().hex[:8]}"
    kubectl("create", "namespace", name)
    yield kubectl.within(name)
    kubectl("delete", "namespace", name, "--wait=false")


def serves(kubectl: Kubectl) -> bool:
    """Whether the operator has made the ModelServer's children, and said so in its status."""
    children = {item["kind"] for item in kubectl.list("deployments,services")}
    status = kubectl.get("modelserver", "demo").get("status", {})
    return children == {"Deployment", "Service"} and "conditions" in status


def test_the_plain_manifests_are_enough(kubectl: Kubectl, elsewhere: Kubectl, start: Start) -> None:
    kubectl("apply", "--server-side", "-k", str(DEPLOY))
    start()
    elsewhere.apply(SERVER)
    eventually(lambda: serves(elsewhere), seconds=90)
    kubectl("delete", "-k", str(DEPLOY), f"--selector=app.kubernetes.io/name={NAME}")


@pytest.mark.parametrize("release", ["Helm 4"], indirect=True)
def test_a_role_in_a_namespace_is_enough(release: Helm, elsewhere: Kubectl, start: Start) -> None:
    release.install(
        f"--set=settings.namespaces={{{elsewhere.namespace}}}", "--set=settings.workers=2"
    )
    process = start()
    elsewhere.apply(SERVER)
    eventually(lambda: serves(elsewhere), seconds=90)
    assert "forbidden" not in process.log.read_text().lower()


def uids(kubectl: Kubectl) -> set[str]:
    """The pods of a namespace."""
    return {pod["metadata"]["uid"] for pod in kubectl.list("pods")}


def told(kubectl: Kubectl) -> set[str]:
    """The reasons in the conditions of the ModelServer."""
    status = kubectl.get("modelserver", "demo").get("status", {})
    return {condition["reason"] for condition in status.get("conditions", ())}


@pytest.mark.parametrize("release", ["Helm 4"], indirect=True)
def test_an_upgrade_restarts_no_pod_and_says_what_waits(
    release: Helm, elsewhere: Kubectl, start: Start, cluster: ControlPlane
) -> None:
    release.install("--set=settings.runtimeImage=registry.example/runtime:old")
    operator = start()
    elsewhere.apply(SERVER)
    with RunningPods(cluster):
        eventually(lambda: "Complete" in told(elsewhere), seconds=90)
    pods = uids(elsewhere)
    operator.stop()
    release.install("--set=settings.runtimeImage=registry.example/runtime:new")
    start()
    eventually(lambda: "NewerRenderingWaits" in told(elsewhere))
    assert uids(elsewhere) == pods
    elsewhere("annotate", "modelserver", "demo", "intel.com/roll-out=now")
    eventually(lambda: uids(elsewhere) - pods)
