"""Taking over what the operator before this one left, without restarting a pod."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from control_plane import Kubectl, eventually
from control_plane.passes import Passes
from modelserver_operator.reconcile import Verdict

DATA = Path(__file__).parents[2] / "data" / "intel-operator"
MANAGER = "--field-manager=openvino-operator"
FINALIZER = "helm.sdk.operatorframework.io/uninstall-release"
NAME = "ovms-sample"
LABELS = {"heritage": "Helm", "release": NAME, "chart": "ovms-4.0.0", "app": NAME}
"""Its chart's; the pods' have the chart's version as well."""

Manifest = dict[str, Any]


@pytest.fixture
def left_behind(kubectl: Kubectl) -> Manifest:
    """What a cluster holds after the old operator is gone; the Deployment, as it is stored."""
    server = yaml.safe_load((DATA / f"{NAME}.yaml").read_text())
    server["metadata"]["finalizers"] = [FINALIZER]
    kubectl.apply(server)
    status = {"status": {"conditions": [{"type": "Deployed", "status": "True"}]}}
    merge = ("--type=merge", f"--patch={json.dumps(status)}")
    kubectl("patch", "ms", NAME, "--subresource=status", MANAGER, *merge)
    uid = kubectl.get("ms", NAME)["metadata"]["uid"]
    for thing in old_objects(uid):
        kubectl("create", MANAGER, "-f", "-", stdin=json.dumps(thing))
    pods(kubectl)
    return kubectl.get("deploy", NAME)


def old_objects(uid: str) -> list[Manifest]:
    """The Service and the Deployment, as the old chart renders them for its sample."""
    owner = {"apiVersion": "intel.com/v1alpha1", "kind": "ModelServer", "name": NAME, "uid": uid}
    metadata = {
        "name": NAME,
        "labels": {**LABELS, "app.kubernetes.io/managed-by": "Helm"},
        "annotations": {"meta.helm.sh/release-name": NAME},
        "ownerReferences": [{**owner, "controller": True, "blockOwnerDeletion": True}],
    }
    ports = [("grpc", 8080), ("rest", 8081)]
    service = {
        "type": "ClusterIP",
        "selector": {"app": NAME},
        "ports": [{"name": name, "port": port, "targetPort": port} for name, port in ports],
    }
    container = {
        "name": "ovms",
        "image": "openvino/model_server:latest",
        "args": ["--model_name", "resnet", "--sequence_cleaner_poll_wait_minutes", "5"],
        "env": [{"name": "http_proxy", "value": "http://proxy"}],
        "ports": [{"name": name, "containerPort": port} for name, port in ports],
    }
    deployment = {
        "replicas": 1,
        "selector": {"matchLabels": {"release": NAME, "app": NAME}},
        "template": {"metadata": {"labels": LABELS}, "spec": {"containers": [container]}},
    }
    return [
        {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": service},
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": deployment},
    ]


def pods(kubectl: Kubectl) -> list[str]:
    """The uids of the pods, once the Deployment's controllers have done their work."""

    def settled() -> list[str]:
        deployment = kubectl.get("deploy", NAME)
        status = deployment.get("status", {})
        assert status.get("observedGeneration") == deployment["metadata"]["generation"]
        found = [pod["metadata"]["uid"] for pod in kubectl.list("pods")]
        assert len(found) == status.get("replicas") == 1
        return found

    return eventually(settled)


def conditions(kubectl: Kubectl) -> dict[str, Manifest]:
    found = kubectl.get("ms", NAME)["status"]["conditions"]
    return {condition["type"]: condition for condition in found}


def change(kubectl: Kubectl, **spec: object) -> None:
    kubectl("patch", "ms", NAME, "--type=merge", "--patch", json.dumps({"spec": spec}))


async def test_the_pods_stay_and_the_rest_becomes_ours(
    left_behind: Manifest, kubectl: Kubectl, reconcile: Passes
) -> None:
    before, address = pods(kubectl), kubectl.get("svc", NAME)["spec"]["clusterIP"]
    assert (await reconcile(NAME)).verdict is Verdict.DONE
    assert pods(kubectl) == before
    assert kubectl.get("svc", NAME)["spec"]["clusterIP"] == address
    shown = kubectl("get", "deploy", NAME, "-o=json", "--show-managed-fields")
    managers = {
        (entry["manager"], entry["operation"])
        for entry in json.loads(shown)["metadata"]["managedFields"]
        if not entry.get("subresource")
    }
    assert managers == {("modelserver-operator", "Apply")}
    await reconcile(NAME)
    assert reconcile.writes == []


async def test_its_finalizer_and_its_conditions_go(
    left_behind: Manifest, kubectl: Kubectl, reconcile: Passes
) -> None:
    await reconcile(NAME)
    assert "finalizers" not in kubectl.get("ms", NAME)["metadata"]
    assert "Deployed" not in conditions(kubectl)


async def test_its_finalizer_does_not_hold_up_a_deletion(
    left_behind: Manifest, kubectl: Kubectl, reconcile: Passes
) -> None:
    kubectl("delete", "ms", NAME, "--wait=false")
    assert (await reconcile(NAME)).verdict is Verdict.GONE
    assert kubectl.list("ms") == []


async def test_the_template_that_was_live_is_the_first_revision_and_a_newer_one_waits(
    left_behind: Manifest, kubectl: Kubectl, reconcile: Passes
) -> None:
    await reconcile(NAME)
    [revision] = kubectl.list("controllerrevisions")
    live = left_behind["spec"]["template"]
    live["metadata"].pop("creationTimestamp", None)
    assert revision["data"]["spec"]["template"] == live


async def test_a_port_and_a_strategy_can_be_changed_afterwards(
    left_behind: Manifest, kubectl: Kubectl, reconcile: Passes
) -> None:
    await reconcile(NAME)
    before = pods(kubectl)
    change(
        kubectl,
        service_parameters={"grpc_port": 9000},
        deployment_parameters={"update_strategy": {"type": "Recreate"}},
    )
    assert (await reconcile(NAME)).verdict is Verdict.DONE
    assert [port["port"] for port in kubectl.get("svc", NAME)["spec"]["ports"]] == [9000, 8081]
    assert kubectl.get("deploy", NAME)["spec"]["strategy"] == {"type": "Recreate"}
    assert pods(kubectl) == before


async def test_what_the_spec_does_not_say_goes_with_the_next_change_of_the_pods(
    left_behind: Manifest, kubectl: Kubectl, reconcile: Passes
) -> None:
    await reconcile(NAME)
    change(kubectl, models_settings={"nireq": 4})
    assert (await reconcile(NAME)).verdict is Verdict.DONE
    template = kubectl.get("deploy", NAME)["spec"]["template"]
    [container] = template["spec"]["containers"]
    assert "env" not in container
    assert "--nireq" in container["args"]
    assert "chart" not in template["metadata"]["labels"]


def write_again(kubectl: Kubectl) -> None:
    """As the old operator does if it still runs."""
    patch = {"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 10}}}}
    kubectl("patch", "deploy", NAME, MANAGER, f"--patch={json.dumps(patch)}")


async def test_while_the_old_operator_still_writes_ours_stops_and_says_so(
    left_behind: Manifest, kubectl: Kubectl, reconcile: Passes
) -> None:
    await reconcile(NAME)
    write_again(kubectl)
    change(kubectl, service_parameters={"grpc_port": 9000})
    outcome = await reconcile(NAME)
    assert outcome.verdict is Verdict.STALLED
    assert 0 < (outcome.after or 0) <= 300
    assert conditions(kubectl)["Stalled"]["reason"] == "ForeignController"
    assert kubectl.get("svc", NAME)["spec"]["ports"][0]["port"] == 8080


async def test_when_it_has_been_quiet_for_long_ours_takes_over_again(
    left_behind: Manifest, kubectl: Kubectl, reconcile: Passes
) -> None:
    await reconcile(NAME)
    write_again(kubectl)
    later = reconcile.restarted(later=360)
    # the Deployment's controllers are at work as well, and a pass gives way to them
    while (await later(NAME)).verdict is Verdict.RETRY:
        pass
    grace = kubectl.get("deploy", NAME)["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
    assert grace == 30


async def test_it_is_scaled_though_its_spec_is_not_valid_and_taken_over_once_it_is(
    left_behind: Manifest, kubectl: Kubectl, reconcile: Passes
) -> None:
    before = pods(kubectl)
    change(kubectl, models_settings={"plugin_config": "{'KEY': 1}"})
    kubectl("scale", "ms", NAME, "--replicas=3")
    outcome = await reconcile(NAME)
    assert outcome.verdict is Verdict.STALLED
    assert outcome.changes[0] == f"Deployment {NAME} scaled to 3"
    deployment = kubectl.get("deploy", NAME)
    assert deployment["spec"]["replicas"] == 3
    assert deployment["spec"]["template"] == left_behind["spec"]["template"]
    assert kubectl.get("ms", NAME)["status"]["labelSelector"] == f"app={NAME},release={NAME}"
    await reconcile(NAME)
    assert reconcile.writes == []

    change(kubectl, models_settings={"plugin_config": ""})
    # more, not fewer: which of several pods goes is the ReplicaSet's choice, and no node is here to
    # make one of them ready
    kubectl("scale", "ms", NAME, "--replicas=4")
    while (await reconcile(NAME)).verdict is Verdict.RETRY:
        pass  # the Deployment's controllers are at work as well
    assert kubectl.get("deploy", NAME)["spec"]["replicas"] == 4
    assert set(before) <= {pod["metadata"]["uid"] for pod in kubectl.list("pods")}


async def test_a_secret_of_its_is_taken_over_though_it_has_no_labels(
    left_behind: Manifest, kubectl: Kubectl, reconcile: Passes
) -> None:
    kubectl(
        "create",
        MANAGER,
        "-f",
        "-",
        stdin=json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {
                    "name": f"{NAME}-aws-secret",
                    "annotations": {"meta.helm.sh/release-name": NAME},
                },
                "data": {"secret_access_key": "b2xk"},
            }
        ),
    )
    repository = {"aws_access_key_id": "me", "aws_secret_access_key": "new"}
    change(kubectl, models_repository=repository)
    assert (await reconcile(NAME)).verdict is Verdict.DONE
    assert kubectl.get("secret", f"{NAME}-aws-secret")["data"] == {"secret_access_key": "bmV3"}
