"""OpenVINO's blog post on autoscaling, step by step, with Intel's manifests and windows of 120 s.

Only image and model are others than in the post, "Use Metrics to Scale Model Serving Deployments in
Kubernetes".
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from control_plane import Kubectl, Refused, eventually
from modelserver_operator.autoscaling.ratio import METRIC_NAME
from real_cluster import Cluster, addons, images, sandbox
from real_cluster.figures import record
from real_cluster.product import VALUES, install
from real_cluster.prometheus import Prometheus
from real_cluster.recording import Run
from real_cluster.timeline import Timeline

pytestmark = pytest.mark.timeout(1800)

PROJECT = Path(__file__).parents[2]
INTEL = PROJECT / "tests/data/intel-operator"
NAME = "resnet50-int8"
SYNC_SECONDS = 15  # between two looks of an autoscaler, as Kubernetes has it by default
CLIENTS = 8
LOADED_SECONDS = 240

DESCRIBED = """\
Name: ovms-hpa
Namespace: default
.*
Reference: ModelServer/demo
Metrics: \\( current / target \\)
 "ovms_requests_streams_ratio" on pods: [\\d.]+m? / 1
Min replicas: 1
Max replicas: 3
Behavior:
 Scale Up:
 Stabilization Window: 120 seconds
.*
 Scale Down:
 Stabilization Window: 120 seconds
.*
ModelServer pods: 3 current / 3 desired
Conditions:
.*
 ScalingActive True ValidMetricFound the HPA was able to successfully calculate a replica count \
from pods metric ovms_requests_streams_ratio
.*
Events:
.*
 Normal SuccessfulRescale \\S+ horizontal-pod-autoscaler New size: 3; reason: pods metric \
ovms_requests_streams_ratio above target
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of it.

    Attributes:
        up: seconds from the first request to three replicas that serve.
        down: seconds from the last request to one replica.
        described: the autoscaler, as kubectl describes it at three replicas.
        bench: what the client has measured.
    """

    up: float
    down: float
    described: str
    bench: Mapping[str, Any]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    if not sandbox.entered():
        pytest.skip("needs a cluster: make e2e-blog, as root")
    with Cluster(SYNC_SECONDS) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the model that the post serves, as far as its size goes."""
    folder = tmp_path_factory.mktemp("models")
    (folder / NAME / "1").mkdir(parents=True)
    made = f"{folder}/{NAME}/1/model.xml"
    code = f"import pathlib, resnet50; resnet50.save_resnet50(pathlib.Path('{made}'))"
    subprocess.run([sys.executable, "-c", code], cwd=PROJECT / "benchmarks", check=True)
    folder.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def kubectl(cluster: Cluster, models: Path) -> Kubectl:
    """The post's steps up to the autoscaler, in its order."""
    kubectl = cluster.kubectl
    cluster.load(images.RUNTIME, images.OPERATOR)
    install(cluster, {"image": VALUES["image"]})
    kubectl.apply(
        *manifests("ovms_config.yaml", ("gs://<bucket_name>/<model_dir>", f"/models/{NAME}"))
    )
    (server,) = manifests("ovms.yaml", ("openvino/model_server:2022.2", images.RUNTIME.reference))
    server["spec"]["models_repository"] = {"models_host_path": str(models)}
    kubectl.apply(server)
    cluster.install(addons.PROMETHEUS_OPERATOR)
    for file in ("prometheus_rbac.yaml", "prometheus.yaml", "service_monitor.yaml"):
        kubectl.apply(*manifests(file))
    kubectl.apply(*manifests("prometheus_adapter_config.yaml"))
    cluster.install(addons.adapter("default", "--metrics-relist-interval=1m", "--v=4"))
    kubectl("wait", "--for=condition=Ready", "modelserver/demo", "--timeout=180s")
    return kubectl


def manifests(file: str, *changes: tuple[str, str]) -> list[dict[str, Any]]:
    """Intel's, with some words replaced."""
    text = (INTEL / file).read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return list(yaml.safe_load_all(text))


@pytest.fixture(scope="module")
def prometheus(cluster: Cluster, kubectl: Kubectl) -> Iterator[Prometheus]:
    kubectl("rollout", "status", "statefulset/prometheus-prometheus", "--timeout=120s")
    with cluster.plane.client() as client:
        yield Prometheus(client, "default")


@pytest.fixture(scope="module")
def seen(kubectl: Kubectl, prometheus: Prometheus) -> Seen:
    """The autoscaler, and load on it for a while."""
    eventually(lambda: METRIC_NAME in listed(kubectl, "v1beta1"), 180)
    kubectl.apply(*manifests("ovms_hpa.yaml"))
    eventually(lambda: ratio_is_read(kubectl), 120)
    with Timeline(kubectl, "demo-ovms") as timeline:
        run = Run()
        with bench(kubectl) as figures:
            up = timeline.reach(3, LOADED_SECONDS) - run.began
            described = eventually(lambda: described_at_three(kubectl), 60)
        run.load_ends()
        targets = prometheus.get("targets", state="active")["activeTargets"]
        down = timeline.reach(1, 400) - run.began - run.loaded
    course = run.course(prometheus, timeline, f"avg({blog_ratio()})", "", window="1m")
    record("blog", up=up, down=down, bench=figures, targets=targets, **course)
    return Seen(up, down, described, figures)


def described_at_three(kubectl: Kubectl) -> str:
    """What kubectl tells of the autoscaler once that has looked at three replicas."""
    text = kubectl("describe", "hpa", "ovms-hpa")
    return text if "3 current / 3 desired" in text else ""


@contextmanager
def bench(kubectl: Kubectl) -> Iterator[dict[str, Any]]:
    """Our client, which sends for some time; its figures are there when the block has ended."""
    address = kubectl.get("service", "demo-ovms")["spec"]["clusterIP"]
    target = ("-a", address, "-p", "8080", "-m", NAME)
    how = ("-c", str(CLIENTS), "-t", str(LOADED_SECONDS), "-j")
    command = [Path(sys.executable).with_name("modelserver-runtime"), "bench", *target, *how]
    figures: dict[str, Any] = {}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as client:
        try:
            yield figures
            figures.update(json.loads(client.communicate()[0]))
        finally:
            client.kill()


def blog_ratio() -> str:
    """The post's own query, for all pods."""
    config = yaml.safe_load(manifests("prometheus_adapter_config.yaml")[0]["data"]["config.yaml"])
    query: str = config["rules"][0]["metricsQuery"]
    return query.replace("<<.LabelMatchers>>", "").replace("<<.GroupBy>>", "pod")


def listed(kubectl: Kubectl, version: str) -> str:
    """What the API answers; nothing until an adapter stands behind it."""
    with suppress(Refused):
        return kubectl("get", "--raw", f"/apis/custom.metrics.k8s.io/{version}")
    return ""


def ratio_is_read(kubectl: Kubectl) -> bool:
    conditions = kubectl.get("hpa", "ovms-hpa").get("status", {}).get("conditions", ())
    return any(each["reason"] == "ValidMetricFound" for each in conditions)


@pytest.mark.parametrize("version", ["v1beta1", "v1beta2"])
def test_the_metric_is_listed_for_namespaces_and_pods(kubectl: Kubectl, version: str) -> None:
    eventually(lambda: METRIC_NAME in listed(kubectl, version), 180)

    resources = json.loads(listed(kubectl, version))["resources"]

    assert {each["name"] for each in resources} == {
        f"{kind}/{METRIC_NAME}" for kind in ("namespaces", "pods")
    }


def test_prometheus_has_the_target(prometheus: Prometheus) -> None:
    eventually(lambda: "up" in healths(prometheus), 120)

    assert healths(prometheus) == {"up"}


def healths(prometheus: Prometheus) -> set[str]:
    """How the ServiceMonitor's targets are."""
    return {
        target["health"]
        for target in prometheus.get("targets", state="active")["activeTargets"]
        if target["scrapePool"] == "serviceMonitor/default/demo-ovms/0"
    }


def test_load_brings_three_replicas_and_its_end_one(seen: Seen) -> None:
    assert seen.up < LOADED_SECONDS
    assert 120 < seen.down < 400


def test_no_request_failed(seen: Seen) -> None:
    assert seen.bench["errors"] == {}


def test_the_autoscaler_reads_as_in_the_post(seen: Seen) -> None:
    described = re.sub(" +", " ", seen.described)

    assert re.fullmatch(DESCRIBED, described, re.DOTALL), described
