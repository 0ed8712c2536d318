"""A cluster with many ModelServers in it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from served import PODS, model_servers

from control_plane import ControlPlane, Kubectl, definitions
from control_plane.metrics_api import MetricsApi
from control_plane.nodes import PlayedNode
from modelserver_operator.api import custom_resource_definition

NAMESPACE = "models"
SPARE_ADDRESSES = 50
AUTOSCALER_SECONDS = 15  # Kubernetes' default
SERVERS = f"/apis/intel.com/v1alpha1/namespaces/{NAMESPACE}/modelservers"
MERGE = {"Content-Type": "application/merge-patch+json"}


@contextmanager
def cluster(folder: Path, servers: int) -> Iterator[ControlPlane]:
    """Control plane, a node that kwok plays, and a ratio that leaves replicas as they are."""
    with ControlPlane(folder, AUTOSCALER_SECONDS) as plane:
        kubectl = Kubectl(plane.admin)
        definitions.install(kubectl, custom_resource_definition())
        kubectl("create", "namespace", NAMESPACE)
        plane.start_controllers()
        metrics = MetricsApi(plane, "ovms_requests_streams_ratio")
        metrics.value = "1"
        with PlayedNode(plane, str(PODS)), model_servers(servers + SPARE_ADDRESSES), metrics:
            yield plane


def model_server(number: int) -> dict[str, Any]:
    """One of many."""
    return {
        "apiVersion": "intel.com/v1alpha1",
        "kind": "ModelServer",
        "metadata": {"name": name(number)},
        "spec": {
            "models_settings": {"model_name": "resnet", "model_path": "s3://models/resnet"},
            "autoscaling": {"enabled": True, "max_replicas": 3},
        },
    }


def name(number: int) -> str:
    """What the ModelServer of a number is called."""
    return f"server-{number:04}"


def populate(client: httpx.Client, count: int) -> None:
    """Make ModelServers."""
    with ThreadPoolExecutor(8) as pool:
        for answer in pool.map(
            lambda number: client.post(SERVERS, json=model_server(number)), range(count)
        ):
            answer.raise_for_status()


def set_port(client: httpx.Client, number: int, port: int) -> None:
    """Change what one ModelServer asks for."""
    patch = {"spec": {"service_parameters": {"grpc_port": port}}}
    client.patch(f"{SERVERS}/{name(number)}", headers=MERGE, json=patch).raise_for_status()
