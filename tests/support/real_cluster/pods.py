"""What the tests ask of a ModelServer's pods."""

from __future__ import annotations

import json

import httpx
from prometheus_client.parser import text_string_to_metric_families

from control_plane import Kubectl, Refused

_REST_PORT = 8081
_GRPC_CALL = {"interface": "gRPC", "method": "ModelInfer"}


def staying(kubectl: Kubectl) -> set[str]:
    """The names of the pods that are there and not going."""
    return {
        pod["metadata"]["name"]
        for pod in kubectl.list("pods")
        if "deletionTimestamp" not in pod["metadata"]
    }


def measured(kubectl: Kubectl) -> set[str]:
    """The pods whose ratio an autoscaler gets to know."""
    pods = f"/apis/custom.metrics.k8s.io/v1beta2/namespaces/{kubectl.namespace}/pods/*"
    try:
        found = json.loads(kubectl("get", "--raw", f"{pods}/ovms_requests_streams_ratio"))
    except Refused:
        return set()
    return {each["describedObject"]["name"] for each in found["items"]}


def calls(kubectl: Kubectl, pod: str) -> float:
    """How many inferences a pod's server has answered over gRPC, as its metrics tell."""
    address = kubectl.get("pod", pod)["status"]["podIP"]
    answer = httpx.get(f"http://{address}:{_REST_PORT}/metrics", timeout=10).raise_for_status()
    return sum(
        sample.value
        for family in text_string_to_metric_families(answer.text)
        if family.name == "ovms_requests_success"
        for sample in family.samples
        if sample.labels.items() >= _GRPC_CALL.items()
    )
