"""The pod: where it runs, what it may do, how it starts and ends, what it mounts."""

from collections.abc import Callable
from typing import Any

import pytest

from modelserver_operator.render import Objects, Settings

Make = Callable[..., Any]

OVMS = {"image_name": "openvino/model_server:2026.3"}


def test_our_runtime_writes_only_to_its_own_volumes(container: Make) -> None:
    rendered = container({"model_cache": {"enabled": True}})
    assert rendered["securityContext"]["readOnlyRootFilesystem"] is True
    writable = {m["mountPath"] for m in rendered["volumeMounts"] if not m.get("readOnly")}
    assert writable == {"/tmp", "/cache"}


def test_the_users_ids_take_the_place_of_our_runtimes(container: Make) -> None:
    ids = {"runAsUser": "1000", "runAsGroup": 2000}
    security = container({"models_repository": ids})["securityContext"]
    assert (security["runAsUser"], security["runAsGroup"]) == (1000, 2000)
    assert security["runAsNonRoot"] is True


def test_root_is_not_called_non_root(container: Make) -> None:
    security = container({"models_repository": {"runAsUser": 0}})["securityContext"]
    assert (security["runAsUser"], security["runAsNonRoot"]) == (0, False)


def test_the_platform_may_choose_the_user(container: Make) -> None:
    security = container(settings=Settings(runtime_user=None))["securityContext"]
    assert not {"runAsUser", "runAsGroup"} & set(security)
    assert security["runAsNonRoot"] is True


def test_ovms_runs_with_the_rights_that_it_always_had(container: Make) -> None:
    assert "securityContext" not in container(OVMS)
    ids = {"models_repository": {"runAsUser": "1000", "runAsGroup": ""}}
    assert container({**OVMS, **ids})["securityContext"] == {"runAsUser": 1000}


def test_a_slow_start_is_not_taken_for_a_dead_server(
    container: Make, rendered: Callable[..., Objects]
) -> None:
    probe = container()["startupProbe"]
    patience = probe["periodSeconds"] * probe["failureThreshold"]
    assert probe["httpGet"]["path"] == "/v2/health/ready"
    assert patience >= 20 * 60
    assert rendered().deployment["spec"]["progressDeadlineSeconds"] > patience


def test_liveness_and_readiness_ask_the_rest_port(container: Make) -> None:
    for spec in ({}, OVMS):
        rendered = container(spec)
        live, ready = rendered["livenessProbe"], rendered["readinessProbe"]
        assert live["httpGet"] == {"path": "/v2/health/live", "port": "rest"}
        assert ready["httpGet"] == {"path": "/v2/health/ready", "port": "rest"}


@pytest.mark.parametrize(
    ("grace", "sleep"), [(None, 5), (90, 5), (30, 5), (5, 4), (2, 1), (1, None), (0, None)]
)
def test_our_runtime_waits_before_it_stops_but_less_than_its_grace(
    pod: Make, grace: int | None, sleep: int | None
) -> None:
    given = {} if grace is None else {"termination_grace_seconds": grace}
    spec = pod({"deployment_parameters": given})
    lifecycle = spec["containers"][0].get("lifecycle")
    assert spec["terminationGracePeriodSeconds"] == (40 if grace is None else grace)
    assert lifecycle == (sleep and {"preStop": {"sleep": {"seconds": sleep}}})


@pytest.mark.parametrize(
    ("asked", "grace", "waits"),
    [
        ({}, None, False),
        ({"autoscaling": {"enabled": True}}, 40, True),
        ({"deployment_parameters": {"termination_grace_seconds": 45}}, 45, True),
    ],
)
def test_ovms_stops_as_it_always_did_unless_something_new_is_asked_for(
    pod: Make, asked: dict[str, Any], grace: int | None, waits: bool
) -> None:
    spec = pod({**OVMS, **asked})
    assert spec.get("terminationGracePeriodSeconds") == grace
    assert ("lifecycle" in spec["containers"][0]) == waits


def test_placement_and_identity_reach_the_pod(pod: Make) -> None:
    terms = [{"matchExpressions": [{"key": "gpu", "operator": "Exists"}]}]
    affinity = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
    spec = pod(
        {
            "deployment_parameters": {
                "node_affinity": affinity,
                "node_selector": {"kubernetes.io/arch": "amd64"},
                "tolerations": [{"key": "gpu", "operator": "Exists"}],
                "runtime_class": "kata",
                "service_account": "reader",
                "priority_class": "online",
                "image_pull_secrets": ["registry"],
                "supplemental_groups": [109],
            }
        }
    )
    assert spec["affinity"] == {"nodeAffinity": affinity}
    assert spec["nodeSelector"] == {"kubernetes.io/arch": "amd64"}
    assert spec["tolerations"] == [{"key": "gpu", "operator": "Exists"}]
    assert spec["runtimeClassName"] == "kata"
    assert spec["serviceAccountName"] == "reader"
    assert spec["priorityClassName"] == "online"
    assert spec["imagePullSecrets"] == [{"name": "registry"}]
    assert spec["securityContext"] == {"supplementalGroups": [109]}


def test_a_spread_without_a_selector_counts_the_model_servers_own_pods(pod: Make) -> None:
    zone = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}
    other = {**zone, "labelSelector": {"matchLabels": {"tier": "serving"}}}
    first, second = pod({"deployment_parameters": {"topology_spread": [zone, other]}})[
        "topologySpreadConstraints"
    ]
    assert first["labelSelector"] == {"matchLabels": {"release": "demo", "app": "demo-ovms"}}
    assert second == other


@pytest.mark.parametrize(
    ("spec", "keys"),
    [
        ({}, ["kubernetes.io/hostname"]),
        ({"deployment_parameters": {"topology_spread": []}}, []),
        (OVMS, []),
    ],
)
def test_replicas_of_our_runtime_keep_to_different_nodes_unless_the_user_says_otherwise(
    pod: Make, spec: dict[str, Any], keys: list[str]
) -> None:
    constraints = pod(spec).get("topologySpreadConstraints", [])
    assert [constraint["topologyKey"] for constraint in constraints] == keys
    assert all(each["whenUnsatisfiable"] == "ScheduleAnyway" for each in constraints)


def test_labels_and_annotations_of_the_user_are_on_the_pods(
    rendered: Callable[..., Objects],
) -> None:
    parameters = {
        "labels": {"team": "vision", "heritage": "mine"},
        "annotations": {"note": "x"},
        "openshift_service_mesh": True,
    }
    objects = rendered({"deployment_parameters": parameters})
    metadata = objects.deployment["spec"]["template"]["metadata"]
    assert metadata["labels"]["team"] == "vision"
    assert metadata["labels"]["heritage"] == "Helm"
    assert metadata["annotations"] == {"note": "x", "sidecar.istio.io/inject": "true"}


GPU = {"xpu_device": "gpu.intel.com/i915"}


def test_resources_become_limits_and_requests(container: Make) -> None:
    resources = {"limits": {"cpu": 2, "memory": "1Gi"}, "requests": {"cpu": "500m"}}
    assert container({"deployment_parameters": {"resources": resources}})["resources"] == {
        "limits": {"cpu": "2", "memory": "1Gi"},
        "requests": {"cpu": "500m"},
    }


@pytest.mark.parametrize(
    ("limits", "requests", "device"),
    [
        (GPU, {}, {"gpu.intel.com/i915": "1"}),
        ({}, {**GPU, "xpu_device_quantity": 2}, {"gpu.intel.com/i915": "2"}),
        (GPU, {"xpu_device_quantity": "1"}, {"gpu.intel.com/i915": "1"}),
        ({"xpu_device": "npu.intel.com/accel"}, GPU, {"npu.intel.com/accel": "1"}),
        ({"xpu_device": "nvidia.com/gpu", "cpu": "2"}, {}, {"nvidia.com/gpu": "1"}),
    ],
)
def test_an_accelerator_is_both_a_limit_and_a_request(
    container: Make, limits: dict[str, Any], requests: dict[str, Any], device: dict[str, str]
) -> None:
    resources = {"limits": limits, "requests": requests}
    rendered = container({"deployment_parameters": {"resources": resources}})["resources"]
    assert device.items() <= rendered["limits"].items()
    assert rendered["requests"] == device


@pytest.mark.parametrize(
    ("repository", "source"),
    [
        ({"models_host_path": "/srv/models"}, "hostPath"),
        ({"models_volume_claim": "models"}, "persistentVolumeClaim"),
        ({"models_host_path": "/srv/models", "models_volume_claim": "models"}, "hostPath"),
    ],
)
def test_models_are_mounted_read_only_from_the_host_or_a_claim(
    pod: Make, repository: dict[str, str], source: str
) -> None:
    spec = pod({**OVMS, "models_repository": repository})
    (volume,) = spec["volumes"]
    assert set(volume) == {"name", source}
    assert spec["containers"][0]["volumeMounts"] == [
        {"name": "models", "mountPath": "/models", "readOnly": True}
    ]


@pytest.mark.parametrize(
    ("cache", "source"),
    [
        ({}, {"emptyDir": {}}),
        ({"size_limit": "2Gi"}, {"emptyDir": {"sizeLimit": "2Gi"}}),
        ({"volume_claim": "shared"}, {"persistentVolumeClaim": {"claimName": "shared"}}),
        ({"host_path": "/c"}, {"hostPath": {"path": "/c", "type": "DirectoryOrCreate"}}),
    ],
)
def test_the_model_cache_lives_where_it_is_asked_to(
    pod: Make, cache: dict[str, Any], source: dict[str, Any]
) -> None:
    allowing = Settings(allow_host_path_cache=True)
    spec = pod({**OVMS, "model_cache": {"enabled": True, **cache}}, settings=allowing)
    assert spec["volumes"] == [{"name": "cache", **source}]
    assert spec["containers"][0]["volumeMounts"] == [{"name": "cache", "mountPath": "/cache"}]


def test_a_folder_of_the_node_is_no_cache_unless_the_platform_allows_it(
    rendered: Callable[..., Objects], pod: Make
) -> None:
    spec = {**OVMS, "model_cache": {"enabled": True, "host_path": "/c"}}
    assert pod(spec)["volumes"] == [{"name": "cache", "emptyDir": {}}]
    (warning,) = rendered(spec).warnings
    assert warning.startswith("spec.model_cache.host_path: not used")


def test_a_claim_for_the_cache_is_made_writable_for_our_runtime(pod: Make) -> None:
    claim = {"model_cache": {"enabled": True, "volume_claim": "shared"}}
    security = pod(claim)["securityContext"]
    assert security == {"fsGroup": 5000, "fsGroupChangePolicy": "OnRootMismatch"}
    assert "securityContext" not in pod({**OVMS, **claim})


def test_the_user_adds_variables_and_replaces_ours(container: Make) -> None:
    reference = {"secretKeyRef": {"name": "minio", "key": "secret"}}
    spec = {
        "models_repository": {"aws_region": "eu", "aws_secret_access_key": "inline"},
        "deployment_parameters": {
            "env": [
                {"name": "AWS_SECRET_ACCESS_KEY", "valueFrom": reference},
                {"name": "DEBUG", "value": "1"},
            ],
            "extra_envs_secret": "site-secrets",
            "extra_envs_configmap": "site-settings",
        },
    }
    rendered = container(spec)
    assert rendered["env"] == [
        {"name": "AWS_REGION", "value": "eu"},
        {"name": "AWS_SECRET_ACCESS_KEY", "valueFrom": reference},
        {"name": "DEBUG", "value": "1"},
    ]
    assert rendered["envFrom"] == [
        {"secretRef": {"name": "site-secrets"}},
        {"configMapRef": {"name": "site-settings"}},
    ]


@pytest.mark.parametrize(
    ("spec", "image"),
    [
        ({}, "modelserver-runtime:1.0"),
        ({"image_name": "example.com/x:1"}, "example.com/x:1"),
        ({"server": {"kind": "ovms"}}, "openvino/model_server:latest"),
        ({"server": {"kind": "ovms", "version": "2026.2.1"}}, "openvino/model_server:2026.2.1"),
    ],
)
def test_the_image_is_the_users_or_that_of_the_server_asked_for(
    container: Make, spec: dict[str, Any], image: str
) -> None:
    assert container(spec)["image"] == image
