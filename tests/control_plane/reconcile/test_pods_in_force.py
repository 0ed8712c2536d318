"""Pods are not touched without a reason of their user's."""

from __future__ import annotations

from typing import Any

import pytest

from control_plane import Kubectl, eventually
from control_plane.passes import Passes, model_server
from modelserver_operator.render import Settings
from modelserver_operator.status import ROLL_OUT_ANNOTATION

NEWER = Settings(runtime_image="modelserver-runtime:newer")
IMAGE = "{.spec.template.spec.containers[0].image}"


def pods(kubectl: Kubectl) -> list[str]:
    """The uids of the pods, once the Deployment's controllers have done their work."""

    def settled() -> list[str]:
        deployment = kubectl.get("deploy", "demo-ovms")
        found = kubectl.list("pods")
        status = deployment.get("status", {})
        assert status.get("observedGeneration") == deployment["metadata"]["generation"]
        assert len(found) == status.get("replicas") == deployment["spec"]["replicas"]
        return sorted(pod["metadata"]["uid"] for pod in found)

    return eventually(settled)


def template(kubectl: Kubectl) -> Any:  # noqa: ANN401
    return kubectl.get("deploy", "demo-ovms")["spec"]["template"]


def image(kubectl: Kubectl) -> str:
    return kubectl("get", "deploy", "demo-ovms", "-o", f"jsonpath={IMAGE}")


def newer_rendering_waits(kubectl: Kubectl) -> bool:
    conditions = kubectl.get("ms", "demo")["status"]["conditions"]
    return any(one["reason"] == "NewerRenderingWaits" for one in conditions)


async def test_a_newer_operator_touches_no_pod_and_says_what_waits(
    kubectl: Kubectl, reconcile: Passes
) -> None:
    kubectl.apply(model_server())
    await reconcile()
    before = pods(kubectl)
    newer = reconcile.restarted(NEWER)
    await newer()
    assert pods(kubectl) == before
    await newer()
    assert newer.writes == []


@pytest.mark.parametrize(
    "reason",
    [
        f"annotate ms demo {ROLL_OUT_ANNOTATION}=now",
        'patch ms demo --type=merge -p {"spec":{"server_settings":{"log_level":"DEBUG"}}}',
    ],
)
async def test_with_a_reason_the_newest_rendering_comes_into_force(
    reason: str, kubectl: Kubectl, reconcile: Passes
) -> None:
    kubectl.apply(model_server())
    await reconcile()
    kubectl(*reason.split(" "))
    await reconcile.restarted(NEWER)()
    assert image(kubectl) == "modelserver-runtime:newer"


async def test_scaling_and_a_changed_service_are_no_reason(
    kubectl: Kubectl, reconcile: Passes
) -> None:
    kubectl.apply(model_server())
    await reconcile()
    before = template(kubectl)
    changed = {"autoscaling": {"max_replicas": 4}, "service_parameters": {"grpc_port": 9000}}
    kubectl.apply(model_server(**changed, deployment_parameters={"replicas": 2}))
    await reconcile.restarted(NEWER)()
    assert template(kubectl) == before


def config_map(text: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "site"},
        "data": {"config.json": text},
    }


def with_config_map() -> dict[str, Any]:
    return model_server(
        models_settings={"single_model_mode": False, "config_configmap_name": "site"}
    )


async def test_new_content_of_a_config_map_restarts_pods_and_the_same_does_not(
    kubectl: Kubectl, reconcile: Passes
) -> None:
    kubectl.apply(config_map("{}"), with_config_map())
    await reconcile()
    before = template(kubectl)
    kubectl("annotate", "cm", "site", "a=b")
    await reconcile()
    assert template(kubectl) == before
    kubectl.apply(config_map('{"model_config_list": []}'))
    await reconcile()
    assert template(kubectl) != before


async def test_a_secret_is_told_by_its_version_and_never_read(
    kubectl: Kubectl, reconcile: Passes
) -> None:
    kubectl("create", "secret", "generic", "site", "--from-literal=A=1")
    kubectl.apply(model_server(deployment_parameters={"extra_envs_secret": "site"}))
    await reconcile()
    before = template(kubectl)
    kubectl("patch", "secret", "site", "-p", '{"stringData":{"A":"2"}}')
    await reconcile()
    assert template(kubectl) != before
    accepted = {
        call.request.accept
        for call in reconcile.calls
        if call.request.path.endswith("secrets/site")
    }
    assert all("PartialObjectMetadata" in form for form in accepted)


async def test_a_config_map_that_is_deleted_and_comes_back_restarts_nothing(
    kubectl: Kubectl, reconcile: Passes
) -> None:
    kubectl.apply(config_map("{}"), with_config_map())
    await reconcile()
    before = template(kubectl)
    kubectl("delete", "cm", "site")
    await reconcile()
    kubectl.apply(config_map("{}"))
    await reconcile()
    assert template(kubectl) == before


async def test_a_deployment_that_was_deleted_or_edited_gets_the_pods_that_were_in_force(
    kubectl: Kubectl, reconcile: Passes
) -> None:
    kubectl.apply(model_server())
    await reconcile()
    before = template(kubectl)
    for damage in ("set image deploy/demo-ovms ovms=other", "delete deploy/demo-ovms"):
        kubectl(*damage.split())
        await reconcile.restarted(NEWER)()
        assert template(kubectl) == before


async def test_only_a_few_revisions_are_kept(kubectl: Kubectl, reconcile: Passes) -> None:
    for level in ("INFO", "DEBUG", "TRACE", "WARNING", "ERROR"):
        kubectl.apply(model_server(server_settings={"log_level": level}))
        await reconcile()
    numbers = [one["revision"] for one in kubectl.list("controllerrevisions")]
    assert sorted(numbers) == [3, 4, 5]


async def test_kubectls_own_restart_of_the_deployment_stands(
    kubectl: Kubectl, reconcile: Passes
) -> None:
    kubectl.apply(model_server())
    await reconcile()
    kubectl("rollout", "restart", "deploy/demo-ovms")
    before = template(kubectl)
    await reconcile()
    assert template(kubectl) == before
    assert reconcile.writes == []
