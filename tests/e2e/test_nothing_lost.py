"""Requests go on being answered while what answers them changes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import yaml

from control_plane import Kubectl, eventually
from real_cluster import Cluster
from real_cluster.load import Load
from real_cluster.product import NAMESPACE

RATE = 6.0  # requests a second over each protocol: well under what two replicas can do

SERVER = """
apiVersion: intel.com/v1alpha1
kind: ModelServer
metadata: {name: ocr}
spec:
  models_repository: {models_volume_claim: ocr-models}
  models_settings: {model_name: ocr, model_path: /models/ocr}
  deployment_parameters:
    replicas: 2
    resources: {requests: {cpu: 100m, memory: 128Mi}, limits: {cpu: "1", memory: 512Mi}}
"""


@pytest.fixture
def loads(kubectl: Kubectl) -> Iterator[list[Load]]:
    """Two replicas, and load on them over REST and over gRPC until the test ends."""
    kubectl.apply(yaml.safe_load(SERVER))
    kubectl("wait", "--for=condition=Ready", "modelserver/ocr", "--timeout=120s")
    kubectl("rollout", "status", "deployment/ocr-ovms", "--timeout=120s")
    with ExitStack() as stack:
        both = [
            stack.enter_context(Load(kubectl, "ocr-ovms", "ocr", 4, RATE, grpc))
            for grpc in (False, True)
        ]
        time.sleep(5)
        yield both


def answered_all(loads: list[Load], seconds: float = 15) -> None:
    """Hold that none failed until some time after the change."""
    before = [load.answered for load in loads]
    time.sleep(seconds)
    assert [load.failures for load in loads] == [[], []]
    assert all(load.answered > count for load, count in zip(loads, before, strict=True))


def test_a_change_of_the_spec_rolls_without_a_failed_request(
    kubectl: Kubectl, loads: list[Load]
) -> None:
    settings = '{"spec": {"models_settings": {"nireq": 2}}}'
    before = pods(kubectl)

    kubectl("patch", "modelserver", "ocr", "--type=merge", f"--patch={settings}")

    eventually(lambda: pods(kubectl).isdisjoint(before), 180)
    answered_all(loads)


def test_a_deleted_pod_is_replaced_without_a_failed_request(
    kubectl: Kubectl, loads: list[Load]
) -> None:
    one = min(pods(kubectl))

    kubectl("delete", "pod", one, "--timeout=90s")

    eventually(lambda: len(pods(kubectl)) == 2, 60)
    answered_all(loads)


def test_a_restarted_operator_costs_no_request_and_no_pod(
    cluster: Cluster, kubectl: Kubectl, loads: list[Load]
) -> None:
    before = pods(kubectl)

    operator = cluster.kubectl.within(NAMESPACE)
    operator("rollout", "restart", "deployment/modelserver-operator")
    operator("rollout", "status", "deployment/modelserver-operator", "--timeout=120s")

    answered_all(loads)
    assert pods(kubectl) == before


def pods(kubectl: Kubectl) -> set[str]:
    """The names of the pods that are there and not going."""
    return {
        pod["metadata"]["name"]
        for pod in kubectl.list("pods")
        if "deletionTimestamp" not in pod["metadata"]
    }
