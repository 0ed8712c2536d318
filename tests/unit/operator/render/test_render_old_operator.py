"""Manifests of the operator before this one make what it made of them.

What is expected here was worked out by hand from its Helm chart, field by field. Two things differ
on purpose: the strategy is rendered whole, and the pods carry no chart version.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml

from modelserver_operator.api import parse
from modelserver_operator.render import Context, Objects, render

TESTS = Path(__file__).parents[3]
UPSTREAM = TESTS / "data" / "intel-operator"
EXAMPLE = TESTS.parent / "examples" / "from-intel-operator"

PROBES_AND_PORTS = {
    "ports": [{"containerPort": 8080, "name": "grpc"}, {"containerPort": 8081, "name": "rest"}],
    "livenessProbe": {"httpGet": {"path": "/v2/health/live", "port": "rest"}},
    "readinessProbe": {
        "initialDelaySeconds": 5,
        "periodSeconds": 5,
        "httpGet": {"path": "/v2/health/ready", "port": "rest"},
    },
}


def render_upstream(file: str) -> Objects:
    manifest = yaml.safe_load((UPSTREAM / file).read_text(encoding="utf-8"))
    return render(parse(manifest).server, Context())


def pod_of(objects: Objects) -> Any:  # noqa: ANN401 - a manifest
    return objects.deployment["spec"]["template"]["spec"]


def test_only_a_deployment_and_a_service_are_made() -> None:
    for file in ("ovms.yaml", "ovms-sample.yaml"):
        kinds = [manifest["kind"] for manifest in render_upstream(file).manifests()]
        assert kinds == ["Service", "Deployment"]


def test_the_sample_makes_the_pod_it_made() -> None:
    amounts = {"cpu": "1", "memory": "400Mi"}
    assert pod_of(render_upstream("ovms-sample.yaml")) == {
        "containers": [
            {
                "name": "ovms",
                "image": "openvino/model_server:latest",
                "args": [
                    *("--model_path", "gs://<bucket_name>/<model_dir>"),
                    *("--model_name", "resnet"),
                    *("--target_device", "CPU"),
                    *("--plugin_config", '{"PERFORMANCE_HINT":"LATENCY"}'),
                    *("--model_version_policy", '{"latest": {"num_versions":1 }}'),
                    *("--log_level", "INFO"),
                    *("--file_system_poll_wait_seconds", "0"),
                    *("--grpc_workers", "1"),
                    *("--port", "8080"),
                    *("--rest_port", "8081"),
                ],
                **PROBES_AND_PORTS,
                "resources": {"limits": amounts, "requests": amounts},
            }
        ]
    }


def test_the_autoscaling_example_makes_the_pod_it_made() -> None:
    assert pod_of(render_upstream("ovms.yaml")) == {
        "containers": [
            {
                "name": "ovms",
                "image": "openvino/model_server:2022.2",
                "args": [
                    *("--config_path", "/config/ovms_config.json"),
                    *("--log_level", "INFO"),
                    *("--file_system_poll_wait_seconds", "0"),
                    *("--grpc_workers", "1"),
                    *("--port", "8080"),
                    *("--rest_port", "8081"),
                ],
                **PROBES_AND_PORTS,
                "volumeMounts": [{"name": "config", "mountPath": "/config", "readOnly": True}],
            }
        ],
        "volumes": [{"name": "config", "configMap": {"name": "ovms-config"}}],
    }


def test_every_credential_reaches_the_pod_in_the_order_it_did() -> None:
    repository = {
        "http_proxy": "http://proxy:1",
        "https_proxy": "http://proxy:2",
        "no_proxy": ".svc",
        "gcp_creds_secret_name": "gcpcreds",
        "aws_access_key_id": "AKIA",
        "aws_secret_access_key": "s3cr3t",
        "aws_region": "eu-central-1",
        "s3_compat_api_endpoint": "http://minio:9000",
        "azure_storage_connection_string": "AccountKey=k",
        "models_host_path": "/opt/models",
        "runAsUser": "1000",
        "runAsGroup": "2000",
    }
    manifest = yaml.safe_load((UPSTREAM / "ovms-sample.yaml").read_text(encoding="utf-8"))
    manifest["spec"]["models_repository"] = repository
    pod = pod_of(render(parse(manifest).server, Context()))
    container = pod["containers"][0]
    aws = {"secretKeyRef": {"name": "ovms-sample-aws-secret", "key": "secret_access_key"}}
    azure = {"secretKeyRef": {"name": "ovms-sample-azure-secret", "key": "connection_string"}}
    assert container["env"] == [
        {"name": "http_proxy", "value": "http://proxy:1"},
        {"name": "https_proxy", "value": "http://proxy:2"},
        {"name": "no_proxy", "value": ".svc"},
        {"name": "GOOGLE_APPLICATION_CREDENTIALS", "value": "/secret/gcp-creds.json"},
        {"name": "AWS_ACCESS_KEY_ID", "value": "AKIA"},
        {"name": "AWS_SECRET_ACCESS_KEY", "valueFrom": aws},
        {"name": "AWS_REGION", "value": "eu-central-1"},
        {"name": "S3_ENDPOINT", "value": "http://minio:9000"},
        {"name": "AZURE_STORAGE_CONNECTION_STRING", "valueFrom": azure},
    ]
    assert container["securityContext"] == {"runAsUser": 1000, "runAsGroup": 2000}
    assert container["volumeMounts"] == [
        {"name": "gcpcreds", "mountPath": "/secret", "readOnly": True},
        {"name": "models", "mountPath": "/models", "readOnly": True},
    ]
    assert pod["volumes"] == [
        {"name": "gcpcreds", "secret": {"secretName": "gcpcreds"}},
        {"name": "models", "hostPath": {"path": "/opt/models", "type": "Directory"}},
    ]


@pytest.mark.parametrize("file", sorted(EXAMPLE.glob("*.yaml")), ids=lambda file: file.stem)
def test_the_example_of_unchanged_manifests_is_unchanged(file: Path) -> None:
    assert file.read_bytes() == (UPSTREAM / file.name).read_bytes()
