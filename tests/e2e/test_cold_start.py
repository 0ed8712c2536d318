"""What a new replica's start is made of, without a model cache and with one that others filled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from control_plane import Kubectl
from real_cluster import Cluster
from real_cluster.cold_start import ColdStart, Replicas, trickle
from real_cluster.figures import record
from real_cluster.namespaces import claim
from real_cluster.ocr import RESOURCES, ocr

ROUNDS = 3


def server(**blocks: object) -> dict[str, Any]:
    resources = {**RESOURCES, "limits": {"cpu": "1"}}
    return ocr(
        monitoring={"metrics_enable": True},
        deployment_parameters={"resources": resources},
        **blocks,
    )


def cold_starts(
    cluster: Cluster, kubectl: Kubectl, manifest: dict[str, Any]
) -> tuple[ColdStart, list[str]]:
    """The median of the replicas that are added to the first one, which is asked all the time.

    Returns:
        It, and what the cache was for each replica, in alphabetical order.
    """
    kubectl.apply(manifest)
    kubectl("wait", "--for=condition=Ready", "modelserver/ocr", "--timeout=120s")
    address = kubectl.get("service", "ocr-ovms")["spec"]["clusterIP"]
    with cluster.plane.client() as client, trickle(address, 8081, "ocr"):
        replicas = Replicas(client, kubectl, "ocr")
        seen = [replicas.add() for _ in range(ROUNDS)]
    log = kubectl("logs", "--selector=release=ocr", "--tail=-1")
    kubectl("delete", "modelserver", "ocr", "--cascade=foreground")
    return ColdStart.median(seen), sorted(re.findall(r"cache: (\w+)", log))


@pytest.fixture
def compiled_models(kubectl: Kubectl, tmp_path: Path) -> Iterator[str]:
    """The name of a claim that every pod may write to."""
    tmp_path.chmod(0o777)
    name = "compiled-models"
    kubectl.apply(*claim(name, kubectl.namespace, tmp_path, "ReadWriteMany"))
    yield name
    kubectl("delete", "persistentvolume", f"{kubectl.namespace}-{name}", "--wait=false")


def test_new_replicas_read_what_the_first_one_has_compiled(
    cluster: Cluster, kubectl: Kubectl, compiled_models: str
) -> None:
    shared = {"enabled": True, "volume_claim": compiled_models}

    without, uses = cold_starts(cluster, kubectl, server())
    filled, shared_uses = cold_starts(cluster, kubectl, server(model_cache=shared))

    record("cold-start", **{"no cache": asdict(without), "filled cache": asdict(filled)})
    assert uses == ["off"] * (ROUNDS + 1)
    assert shared_uses == [*["hit"] * ROUNDS, "miss"]
