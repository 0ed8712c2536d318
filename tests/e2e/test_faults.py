"""Whatever breaks: a while later all is well again, without a hand, and no request was lost.

Two replicas are under load all the time. A client asks again when its server was killed with the
request in its hands, as clients do; nothing else here needs that.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from control_plane import Kubectl, Refused, eventually
from real_cluster import Cluster
from real_cluster.namespaces import namespace
from real_cluster.node import NAME as NODE
from real_cluster.ocr import RESOURCES, change, ocr
from real_cluster.pods import measured, staying
from real_cluster.processes import kill
from real_cluster.product import CHART, NAMESPACE, VALUES, install
from real_cluster.traffic import Traffic

RATE = 6.0  # requests a second: well under what one replica can do
OPERATOR = "deployment/modelserver-operator"
POD_OF = {"prometheus": "prometheus-cluster-", "prometheus-adapter": "prometheus-adapter-"}

SERVER = ocr(
    models_settings={"single_model_mode": False, "config_configmap_name": "models"},
    server_settings={"file_system_poll_wait_seconds": 1},
    deployment_parameters={"resources": RESOURCES},
    autoscaling={"enabled": True, "min_replicas": 2, "max_replicas": 3, "target_ratio": "50"},
    monitoring={"service_monitor": {"enabled": True, "interval": "2s"}},
)
SHORT_LIVED = ocr(deployment_parameters={"termination_grace_seconds": 5})
CONFIG = {
    "model_config_list": [{"config": {"name": "ocr", "base_path": "/models/ocr"}}],
    "monitoring": {"metrics": {"enable": True}},
}


@pytest.fixture(scope="module")
def repository(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Models of these tests' own, to break."""
    folder = tmp_path_factory.mktemp("repository")
    shutil.copytree(models, folder, dirs_exist_ok=True)
    folder.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def traffic(cluster: Cluster, repository: Path) -> Iterator[Traffic]:
    """Two replicas whose metrics are read, and load on them over REST and over gRPC."""
    with namespace(cluster, repository) as kubectl:
        kubectl.apply(config_map(json.dumps(CONFIG)), SERVER)
        eventually(lambda: is_well(kubectl), 120)
        with Traffic.on(kubectl, "faults", RATE, grpc_connections=16, retries=20) as traffic:
            yield traffic


@contextmanager
def recovering(
    traffic: Traffic, fault: str, seconds: float, *, killed: bool = False
) -> Iterator[Kubectl]:
    """Hold that what is done in the block harms no request, and is overcome in time."""
    with traffic.unharmed(fault, killed=killed):
        yield traffic.kubectl
        eventually(lambda: is_well(traffic.kubectl), seconds)


def test_a_killed_server_is_started_again(traffic: Traffic) -> None:
    with recovering(traffic, "server killed", 30, killed=True) as kubectl:
        one = min(staying(kubectl))
        kill(kubectl, one, "modelserver-runtime")
        eventually(lambda: restarts(kubectl, one) == 1, 15)


def test_an_operator_killed_at_work_finishes_when_it_is_back(
    cluster: Cluster, traffic: Traffic
) -> None:
    operators = cluster.kubectl.within(NAMESPACE)
    with recovering(traffic, "operator killed at work", 60) as kubectl:
        before = staying(kubectl)
        mark = cluster.plane.audit.mark()
        change(kubectl, server_settings={"log_level": "DEBUG"})
        eventually(lambda: has_written(cluster, mark, kubectl.namespace), 15)
        for pod in staying(operators):
            kill(operators, pod, "modelserver-operator")
        eventually(lambda: staying(kubectl).isdisjoint(before), 60)


@pytest.mark.parametrize("program", ["prometheus", "prometheus-adapter"])
def test_the_metrics_come_back(cluster: Cluster, traffic: Traffic, program: str) -> None:
    monitoring = cluster.kubectl.within("monitoring")
    with recovering(traffic, f"{program} killed", 90) as kubectl:
        before = staying(kubectl)
        pod = next(name for name in staying(monitoring) if name.startswith(POD_OF[program]))
        kill(monitoring, pod, program)
        eventually(lambda: restarts(monitoring, pod) > 0, 15)
        eventually(lambda: measured(kubectl) >= before, 60)  # those that go, too
    assert staying(kubectl) == before


def test_a_drained_node_keeps_a_replica_until_it_is_open_again(traffic: Traffic) -> None:
    with recovering(traffic, "node drained", 60) as kubectl, reopened(kubectl):
        ours = ("--pod-selector=release=ocr", "--delete-emptydir-data", "--timeout=10s")
        with pytest.raises(Refused, match="global timeout reached"):
            kubectl("drain", NODE, *ours)
        eventually(lambda: kubectl.get("modelserver", "ocr")["status"]["ready"] == "1/2", 15)


@contextmanager
def reopened(kubectl: Kubectl) -> Iterator[None]:
    """Let pods onto the node again after the block."""
    try:
        yield
    finally:
        kubectl("uncordon", NODE)


def test_a_version_that_cannot_be_loaded_leaves_the_old_one(
    traffic: Traffic, repository: Path
) -> None:
    broken = pushed(repository / "ocr/2", "no model")
    with recovering(traffic, "model version broken", 60) as kubectl, broken:
        eventually(lambda: condition(kubectl, "Degraded")["reason"] == "ModelVersionFailed", 60)


@contextmanager
def pushed(version: Path, model: str) -> Iterator[None]:
    """A version of a model is there for as long as the block lasts."""
    version.mkdir()
    try:
        (version / "model.xml").write_text(model)
        (version / "model.bin").touch()
        yield
    finally:
        shutil.rmtree(version)


def test_a_broken_config_map_leaves_what_is_served(traffic: Traffic) -> None:
    with recovering(traffic, "config map broken", 60) as kubectl:
        kubectl.apply(config_map("{"))
        eventually(lambda: "not JSON" in str(kubectl.get("modelserver", "ocr")["status"]), 15)
        kubectl.apply(config_map(json.dumps(CONFIG)))


def test_a_namespace_goes_while_the_operator_is_down(
    cluster: Cluster, traffic: Traffic, repository: Path
) -> None:
    operator = cluster.kubectl.within(NAMESPACE)
    fault = "namespace deleted, operator down"
    with recovering(traffic, fault, 60), namespace(cluster, repository) as other:
        other.apply(SHORT_LIVED)
        eventually(lambda: other.list("deployments"), 15)
        operator("scale", OPERATOR, "--replicas=0")
        other("delete", "namespace", other.namespace, "--timeout=90s")
        operator("scale", OPERATOR, "--replicas=2")
        operator("rollout", "status", OPERATOR, "--timeout=60s")


def test_an_upgraded_operator_restarts_no_pod(
    cluster: Cluster, traffic: Traffic, tmp_path: Path
) -> None:
    with recovering(traffic, "operator upgraded", 60) as kubectl:
        before = staying(kubectl)
        other = {**VALUES["settings"], "runtimeImage": "localhost/modelserver-runtime:earlier"}
        install(cluster, {**VALUES, "settings": other}, earlier_chart(tmp_path))
        install(cluster, VALUES)
    assert staying(kubectl) == before


def test_an_autoscaler_made_by_hand_takes_the_place_of_ours(traffic: Traffic) -> None:
    with recovering(traffic, "autoscaler made by hand", 60) as kubectl:
        kubectl("autoscale", "modelserver", "ocr", "--min=2", "--max=3", "--cpu=90%")
        eventually(lambda: names(kubectl, "hpa") == {"ocr"}, 30)
        assert condition(kubectl, "Ready")["status"] == "True"
        kubectl("delete", "hpa", "ocr")
        eventually(lambda: names(kubectl, "hpa") == {"ocr-ovms"}, 30)


def test_a_monitor_made_by_hand_takes_the_place_of_ours(traffic: Traffic) -> None:
    with recovering(traffic, "monitor made by hand", 60) as kubectl:
        ours = kubectl.get("servicemonitor", "ocr-ovms")
        labels = {"release": "prometheus"}
        kubectl.apply(
            {
                "apiVersion": ours["apiVersion"],
                "kind": ours["kind"],
                "metadata": {"name": "by-hand", "labels": labels},
                "spec": ours["spec"],
            }
        )
        eventually(lambda: names(kubectl, "servicemonitor") == {"by-hand"}, 30)
        kubectl("delete", "servicemonitor", "by-hand")
        eventually(lambda: names(kubectl, "servicemonitor") == {"ocr-ovms"}, 30)


def is_well(kubectl: Kubectl) -> bool:
    """Whether two replicas serve what was asked for last, and their metrics are read."""
    found = kubectl.get("modelserver", "ocr")
    states = {
        each["type"]: each["status"]
        for each in found.get("status", {}).get("conditions", ())
        if each.get("observedGeneration") == found["metadata"]["generation"]
    }
    wanted = {"Ready": "True", "Degraded": "False", "MetricsAvailable": "True"}
    return states.items() >= wanted.items() and found["status"]["ready"] == "2/2"


def condition(kubectl: Kubectl, kind: str) -> dict[str, Any]:
    conditions = kubectl.get("modelserver", "ocr")["status"]["conditions"]
    found: dict[str, Any] = next(each for each in conditions if each["type"] == kind)
    return found


def has_written(cluster: Cluster, mark: int, namespace: str) -> bool:
    """Whether the operator has written something into a namespace."""
    user = f"system:serviceaccount:{NAMESPACE}:modelserver-operator"
    return any(
        each.writes and (each.user, each.namespace) == (user, namespace)
        for each in cluster.plane.audit.since(mark)
    )


def restarts(kubectl: Kubectl, pod: str) -> int:
    statuses = kubectl.get("pod", pod)["status"]["containerStatuses"]
    return sum(each["restartCount"] for each in statuses)


def names(kubectl: Kubectl, kind: str) -> set[str]:
    return {each["metadata"]["name"] for each in kubectl.list(kind)}


def config_map(text: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "models"},
        "data": {"config.json": text},
    }


def earlier_chart(folder: Path) -> Path:
    """The chart as if it were of a version before this one."""
    chart = Path(shutil.copytree(CHART, folder / "chart"))
    described = yaml.safe_load((chart / "Chart.yaml").read_text())
    (chart / "Chart.yaml").write_text(yaml.safe_dump(described | {"version": "0.0.9"}))
    return chart
