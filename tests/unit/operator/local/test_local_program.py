"""Files of manifests become a program, or one clear line for each mistake."""

import re
from pathlib import Path
from textwrap import dedent

import pytest

from modelserver_operator.autoscaling import hpa
from modelserver_operator.local import manifests
from modelserver_operator.local.plan import Plan, Program, program
from modelserver_operator.manifests.errors import UserError

SERVER = """
apiVersion: intel.com/v1alpha1
kind: ModelServer
metadata: {name: demo}
spec:
  models_settings: {model_name: m, model_path: /models/m}
"""
CONFIGURED = """
apiVersion: intel.com/v1alpha1
kind: ModelServer
metadata: {name: demo}
spec:
  models_settings: {single_model_mode: false, config_configmap_name: cfg}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: cfg}
data: {config.json: '{"model_config_list": []}'}
"""
AUTOSCALED = SERVER + "  autoscaling: {enabled: true, max_replicas: 5, window: 30s}\n"
HPA = """
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: scaler}
spec:
  scaleTargetRef: {apiVersion: intel.com/v1alpha1, kind: ModelServer, name: demo}
  minReplicas: 2
  maxReplicas: 7
  metrics:
  - type: Pods
    pods:
      metric: {name: ovms_requests_streams_ratio}
      target: {type: AverageValue, averageValue: 500m}
"""


def read(tmp_path: Path, *documents: str, claims: dict[str, Path] | None = None) -> Program:
    file = tmp_path / "manifests.yaml"
    file.write_text("\n---\n".join(map(dedent, documents)))
    return program(manifests.read([str(file)]), claims or {})


def only(tmp_path: Path, *documents: str) -> Plan:
    (plan,) = read(tmp_path, *documents).plans
    return plan


def test_a_plan_has_what_the_operator_renders(tmp_path: Path) -> None:
    plan = only(tmp_path, SERVER)
    assert plan.name == "demo"
    assert plan.template.name == "demo-ovms"
    assert plan.ports == {"grpc": 8080, "rest": 8081}
    assert (plan.replicas, plan.autoscaler) == (1, None)


def test_metrics_are_scraped_as_prometheus_would_unless_the_manifest_says_otherwise(
    tmp_path: Path,
) -> None:
    assert only(tmp_path, SERVER).scrape_seconds == 15
    monitored = SERVER + "  monitoring: {service_monitor: {enabled: true, interval: 2s}}\n"
    assert only(tmp_path, monitored).scrape_seconds == 2


def test_the_autoscaling_block_scales(tmp_path: Path) -> None:
    plan = only(tmp_path, AUTOSCALED)
    assert plan.autoscaler is not None
    assert (plan.autoscaler.max_replicas, plan.window_seconds) == (5, 30)


def test_keda_is_played_as_the_autoscaler_that_it_makes(tmp_path: Path) -> None:
    keda = AUTOSCALED.replace("enabled: true", "enabled: true, provider: keda")
    assert only(tmp_path, keda).autoscaler == only(tmp_path, AUTOSCALED).autoscaler


def test_an_autoscaler_among_the_files_wins_over_the_block(tmp_path: Path) -> None:
    there = read(tmp_path, AUTOSCALED, HPA)
    assert there.plans[0].autoscaler == hpa.Spec(2, 7, 500, "ovms_requests_streams_ratio", None)
    assert "demo: spec.autoscaling gives way to the autoscaler among the files" in there.remarks


def test_an_image_that_is_not_ours_is_said_to_be_played_by_the_runtime(tmp_path: Path) -> None:
    image = SERVER + "  image_name: openvino/model_server:2022.2\n"
    assert any("played by this machine's runtime" in line for line in read(tmp_path, image).remarks)


def test_only_what_a_replica_sees_makes_a_new_revision(tmp_path: Path) -> None:
    revision = only(tmp_path, CONFIGURED).template.revision
    scaled = CONFIGURED.replace("spec:\n", "spec:\n  deployment_parameters: {replicas: 2}\n", 1)
    edited = CONFIGURED.replace("[]", "[ ]")
    assert only(tmp_path, scaled).template.revision == revision
    assert only(tmp_path, edited).template.revision != revision


def test_two_servers_with_the_same_ports_have_addresses_of_their_own(tmp_path: Path) -> None:
    second = SERVER.replace("name: demo", "name: second")
    assert [plan.host for plan in read(tmp_path, SERVER, second).plans] == [
        "127.0.0.1",
        "127.0.0.2",
    ]


def test_a_namespace_that_is_not_the_default_one_is_part_of_the_name(tmp_path: Path) -> None:
    elsewhere = SERVER.replace("name: demo", "name: demo, namespace: other")
    assert [plan.name for plan in read(tmp_path, SERVER, elsewhere).plans] == ["demo", "other/demo"]


@pytest.mark.parametrize(
    ("document", "remark"),
    [
        ("kind: Deployment\nmetadata: {name: x}", "Deployment x: not played, skipped"),
        (
            HPA.replace("autoscaling/v2", "autoscaling/v1"),
            "HorizontalPodAutoscaler scaler: autoscaling/v1 cannot scale on"
            " ovms_requests_streams_ratio, autoscaling/v2 can, skipped",
        ),
        (
            HPA.replace("kind: ModelServer", "kind: Deployment"),
            "HorizontalPodAutoscaler scaler: it scales a Deployment, not a ModelServer, skipped",
        ),
        (
            HPA.replace("type: Pods", "type: Resource"),
            "HorizontalPodAutoscaler scaler: it needs a Resource metric, and"
            " ovms_requests_streams_ratio alone is measured here, skipped",
        ),
    ],
)
def test_what_has_no_part_is_named_and_skipped(tmp_path: Path, document: str, remark: str) -> None:
    (line,) = read(tmp_path, SERVER, document).remarks
    assert re.fullmatch(rf".*manifests\.yaml:\d+: {re.escape(remark)}", line)


@pytest.mark.parametrize(
    ("documents", "complaint"),
    [
        ([HPA], "no ModelServer to play"),
        ([SERVER, SERVER], "ModelServer demo: given twice"),
        ([SERVER, HPA.replace("name: demo", "name: gone")], "no ModelServer gone is among the"),
        ([SERVER, HPA, HPA], "a second one for ModelServer demo; Kubernetes would obey neither"),
        ([SERVER, HPA.replace("500m", "many")], "spec.metrics[0].pods.target.averageValue: 'many'"),
        ([SERVER, HPA.replace("ovms_requests_streams_ratio", "rps")], "not rps"),
        ([SERVER, HPA.replace("scaleTargetRef", "target")], "scaleTargetRef"),
        ([CONFIGURED.replace("{name: cfg}", "{name: other}")], "ConfigMap cfg is needed"),
        ([SERVER + "  models_repository: {models_volume_claim: c}\n"], "--claim c=DIR"),
        ([SERVER + "  models_repository: {models_host_path: /no/such}\n"], "/no/such is not a"),
        ([SERVER + "  replica: 2\n"], "unknown field"),
        ([SERVER, "kind: Secret\nmetadata: {name: s}\ndata: {a: '*'}"], "Secret s: data must hold"),
        ([SERVER, "kind: Secret"], "metadata.name must be given"),
    ],
)
def test_a_mistake_is_one_line_that_says_where(
    tmp_path: Path, documents: list[str], complaint: str
) -> None:
    with pytest.raises(UserError) as caught:
        read(tmp_path, *documents)
    (line,) = caught.value.lines
    assert complaint in line
    assert "manifests.yaml" in line


def test_a_secret_is_read_in_both_spellings(tmp_path: Path) -> None:
    secret = "kind: Secret\nmetadata: {name: s}\ndata: {a: YQ==}\nstringData: {b: plain}"
    file = tmp_path / "a.yaml"
    file.write_text(f"{SERVER}\n---\n{secret}")
    assert manifests.read([str(file)]).secrets == {("default", "s"): {"a": b"a", "b": b"plain"}}


def test_a_claim_lets_the_folder_be_used(tmp_path: Path) -> None:
    claimed = SERVER + "  models_repository: {models_volume_claim: c}\n"
    (plan,) = read(tmp_path, claimed, claims={"c": tmp_path}).plans
    assert [mount.folder for mount in plan.template.pod.mounts if mount.path == "/models"] == [
        tmp_path
    ]
