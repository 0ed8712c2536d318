"""Accelerators that no machine here has: nodes offer them, and servers do not find them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from control_plane import Kubectl, eventually
from real_cluster.conditions import condition
from real_cluster.node import NAME as NODE

DEVICES = {"gpu.intel.com/i915": "GPU", "npu.intel.com/accel": "NPU", "nvidia.com/gpu": "NVIDIA"}
GROUP = 109


@dataclass(frozen=True, slots=True)
class Accelerated:
    """A ModelServer that asks for a device."""

    name: str
    resource: str
    device: str

    def manifest(self) -> dict[str, Any]:
        limits = {"cpu": "500m", "memory": "512Mi", "xpu_device": self.resource}
        requests = {"cpu": "50m", "memory": "128Mi"}
        return {
            "apiVersion": "intel.com/v1alpha1",
            "kind": "ModelServer",
            "metadata": {"name": self.name},
            "spec": {
                "models_repository": {"models_volume_claim": "ocr-models"},
                "models_settings": {
                    "model_name": "ocr",
                    "model_path": "/models/ocr",
                    "target_device": self.device,
                },
                "deployment_parameters": {
                    "resources": {"limits": limits, "requests": requests},
                    "supplemental_groups": [GROUP],
                },
            },
        }


@contextmanager
def offered(kubectl: Kubectl, resource: str) -> Iterator[None]:
    """The node has one such device, as its device plugin would say."""
    place = resource.replace("/", "~1")
    paths = [f"/status/{kind}/{place}" for kind in ("capacity", "allocatable")]
    patch_node(kubectl, *({"op": "add", "path": path, "value": "1"} for path in paths))
    yield
    patch_node(kubectl, {"op": "remove", "path": paths[0]})  # the kubelet does the rest


def patch_node(kubectl: Kubectl, *operations: dict[str, str]) -> None:
    patch = f"--patch={json.dumps(operations)}"
    kubectl("patch", "node", NODE, "--subresource=status", "--type=json", patch)


@contextmanager
def applied(kubectl: Kubectl, server: Accelerated) -> Iterator[Accelerated]:
    kubectl.apply(server.manifest())
    yield server
    kubectl("delete", "modelserver", server.name)


@pytest.fixture(params=DEVICES.items(), ids=DEVICES.values(), scope="module")
def served(
    request: pytest.FixtureRequest, shared_kubectl: Kubectl
) -> Iterator[tuple[Accelerated, dict[str, Any]]]:
    """A ModelServer whose device the node offers, and its pod, which runs."""
    resource, device = request.param
    server = Accelerated(f"with-{device.lower()}", resource, device)
    with offered(shared_kubectl, resource), applied(shared_kubectl, server):
        yield server, eventually(lambda: running_pod(shared_kubectl, server.name), 60)


def running_pod(kubectl: Kubectl, server: str) -> dict[str, Any] | None:
    pods = kubectl.list("pods", f"--selector=release={server}")
    return next((pod for pod in pods if pod["status"]["phase"] == "Running"), None)


def waits_for_its_device(kubectl: Kubectl, server: Accelerated) -> bool:
    ready = condition(kubectl, server.name, "Ready")
    return ready["reason"] == "DeviceUnavailable" and server.resource in ready["message"]


@pytest.mark.parametrize(("resource", "device"), DEVICES.items(), ids=DEVICES.values())
def test_a_pod_waits_for_a_device_that_no_node_offers(
    shared_kubectl: Kubectl, resource: str, device: str
) -> None:
    with applied(shared_kubectl, Accelerated("without", resource, device)) as server:
        eventually(lambda: waits_for_its_device(shared_kubectl, server), 30)


def test_a_device_is_handed_to_one_pod_alone(
    shared_kubectl: Kubectl, served: tuple[Accelerated, dict[str, Any]]
) -> None:
    first, _ = served
    with applied(shared_kubectl, Accelerated("second", first.resource, first.device)) as second:
        eventually(lambda: waits_for_its_device(shared_kubectl, second), 30)


def test_a_device_is_request_and_limit(served: tuple[Accelerated, dict[str, Any]]) -> None:
    server, pod = served
    (container,) = pod["spec"]["containers"]

    assert container["resources"]["limits"][server.resource] == "1"
    assert container["resources"]["requests"][server.resource] == "1"


def test_the_server_is_in_the_device_s_group(
    shared_kubectl: Kubectl, served: tuple[Accelerated, dict[str, Any]]
) -> None:
    _, pod = served

    groups = shared_kubectl("exec", pod["metadata"]["name"], "--", "id", "-G")

    assert str(GROUP) in groups.split()


def test_a_server_that_finds_no_such_device_says_which_there_are(
    shared_kubectl: Kubectl, served: tuple[Accelerated, dict[str, Any]]
) -> None:
    server, pod = served
    words = f"{server.device} is not there, devices are CPU"

    eventually(lambda: words in condition(shared_kubectl, server.name, "Ready")["message"], 30)

    assert condition(shared_kubectl, server.name, "Ready")["reason"] == "ModelNotLoaded"
    assert words in shared_kubectl("logs", pod["metadata"]["name"])
