"""The Deployment around the pod, the Service, the Secrets, the PodDisruptionBudget."""

from base64 import b64decode
from collections.abc import Callable
from typing import Any

import pytest

from modelserver_operator.render import Objects

Make = Callable[..., Any]
Rendered = Callable[..., Objects]
Spec = dict[str, Any]

BOUNDS = {"enabled": True, "min_replicas": 2, "max_replicas": 5}


@pytest.mark.parametrize(
    ("written", "in_force", "autoscaling", "expected"),
    [
        (None, None, {}, 1),
        (4, None, {}, 4),
        (0, None, {}, 0),
        (4, 7, {}, 7),
        (None, None, BOUNDS, 2),
        (9, None, BOUNDS, 5),
        (9, 3, BOUNDS, 3),
        (None, 9, BOUNDS, 5),
        (0, None, BOUNDS, 0),
        (3, 0, BOUNDS, 0),
        (9, None, {**BOUNDS, "enabled": False}, 9),
        (9, None, {"enabled": True}, 3),
        (1, None, {"enabled": True, "min_replicas": 6}, 6),
    ],
)
def test_replicas_keep_to_the_autoscalers_bounds_and_zero_pauses(
    rendered: Rendered, written: int | None, in_force: int | None, autoscaling: Spec, expected: int
) -> None:
    spec = {"deployment_parameters": {"replicas": written}, "autoscaling": autoscaling}
    assert rendered(spec, replicas=in_force).deployment["spec"]["replicas"] == expected


@pytest.mark.parametrize(
    ("asked", "strategy"),
    [
        (None, {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}),
        ({"type": "Recreate"}, {"type": "Recreate"}),
        (
            {"type": "RollingUpdate"},
            {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"},
            },
        ),
        (
            {"rollingUpdate": {"maxSurge": 0}},
            {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": "25%"}},
        ),
    ],
)
def test_the_strategy_is_always_whole(rendered: Rendered, asked: Spec, strategy: Spec) -> None:
    objects = rendered({"deployment_parameters": {"update_strategy": asked}})
    assert objects.deployment["spec"]["strategy"] == strategy


def test_the_service_maps_the_users_ports_onto_the_servers(rendered: Rendered) -> None:
    ports = {"grpc_port": 9000, "rest_port": 9001, "service_type": "NodePort"}
    spec = rendered({"service_parameters": ports}).service["spec"]
    assert spec["type"] == "NodePort"
    assert [(port["name"], port["port"], port["targetPort"]) for port in spec["ports"]] == [
        ("grpc", 9000, 8080),
        ("rest", 9001, 8081),
    ]


def test_credentials_in_the_spec_reach_the_server_only_through_secrets(
    rendered: Rendered, container: Make
) -> None:
    spec = {
        "models_repository": {
            "aws_secret_access_key": "s3cr3t",
            "azure_storage_connection_string": "AccountKey=k3y",
        }
    }
    objects = rendered(spec)
    secrets = {secret["metadata"]["name"]: secret["data"] for secret in objects.secrets}
    assert {name: b64decode(*data.values()) for name, data in secrets.items()} == {
        "demo-ovms-aws-secret": b"s3cr3t",
        "demo-ovms-azure-secret": b"AccountKey=k3y",
    }
    for variable in container(spec)["env"]:
        reference = variable["valueFrom"]["secretKeyRef"]
        assert reference["key"] in secrets[reference["name"]]
    everything_else = [item for item in objects.manifests() if item["kind"] != "Secret"]
    assert not {"s3cr3t", "k3y"} & set(str((everything_else, objects.warnings)).split("'"))
    assert len([line for line in objects.warnings if "keep it in a Secret" in line]) == 2


def test_google_credentials_come_from_the_secret_that_is_named(pod: Make) -> None:
    spec = pod({"models_repository": {"gcp_creds_secret_name": "google"}})
    assert {"name": "gcpcreds", "secret": {"secretName": "google"}} in spec["volumes"]
    assert spec["containers"][0]["env"] == [
        {"name": "GOOGLE_APPLICATION_CREDENTIALS", "value": "/secret/gcp-creds.json"}
    ]


@pytest.mark.parametrize(
    ("budget", "autoscaling", "expected"),
    [
        ({}, {}, None),
        ({}, {"enabled": True}, 1),
        ({"enabled": False}, {"enabled": True}, None),
        ({"enabled": True}, {}, 1),
        ({"enabled": True, "max_unavailable": 2}, {}, 2),
        ({"enabled": True, "max_unavailable": "25%"}, {}, "25%"),
        ({"max_unavailable": 2}, {}, None),
    ],
)
def test_a_disruption_budget_comes_with_autoscaling_or_when_asked_for(
    rendered: Rendered, budget: Spec, autoscaling: Spec, expected: object
) -> None:
    parameters = {"pod_disruption_budget": budget}
    spec = {"deployment_parameters": parameters, "autoscaling": autoscaling}
    made = rendered(spec).pod_disruption_budget
    assert (made and made["spec"]["maxUnavailable"]) == expected
    assert made is None or made["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow"
