"""A manifest that says `replicas: 1` is applied again while an autoscaler holds the service at 3.

Its ratio is 1, so that it would take whatever count it finds for right: what a pass loses here, no
autoscaler brings back.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from control_plane import Kubectl, Refused
from control_plane.passes import Passes, model_server

Write = Callable[[Kubectl], object]

AUTOSCALED = {"autoscaling": {"enabled": True, "max_replicas": 5}}


def manifest(replicas: int | None = 1) -> dict[str, Any]:
    given = {} if replicas is None else {"deployment_parameters": {"replicas": replicas}}
    return model_server(**AUTOSCALED, **given)


def text(replicas: int | None = 1) -> str:
    return yaml.safe_dump(manifest(replicas))


def edit(kubectl: Kubectl) -> object:
    """As `kubectl edit` writes, which sends what its user changed."""
    patch = json.dumps({"spec": {"deployment_parameters": {"replicas": 1}}})
    return kubectl("patch", "ms", "demo", "--type=merge", f"--patch={patch}")


WRITES: dict[str, Write] = {
    "client-side apply": lambda kubectl: kubectl.apply(manifest()),
    "client-side apply without the field": lambda kubectl: kubectl.apply(manifest(None)),
    "server-side apply by force": lambda kubectl: kubectl.apply(
        manifest(), arguments=("--server-side", "--force-conflicts")
    ),
    "replace": lambda kubectl: kubectl("replace", "-f", "-", stdin=text()),
    "edit": edit,
}


async def held_at_three(kubectl: Kubectl, reconcile: Passes, *arguments: str) -> None:
    kubectl.apply(manifest(), arguments=arguments)
    await reconcile()
    kubectl("scale", "ms", "demo", "--replicas=3")
    await reconcile()
    assert counts(kubectl) == (3, 3)


def counts(kubectl: Kubectl) -> tuple[int, int]:
    """The counts of the ModelServer and of its Deployment."""
    server, deployment = kubectl.get("ms", "demo"), kubectl.get("deploy", "demo-ovms")
    return server["spec"]["deployment_parameters"]["replicas"], deployment["spec"]["replicas"]


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
@pytest.mark.parametrize("restarted", [False, True], ids=["", "while the operator was down"])
async def test_it_takes_no_pods_away(
    write: Write, restarted: bool, kubectl: Kubectl, reconcile: Passes
) -> None:
    await held_at_three(kubectl, reconcile)
    write(kubectl)
    await (reconcile.restarted() if restarted else reconcile)()
    assert counts(kubectl) == (3, 3)
    assert "ReplicasKept" in {event["reason"] for event in kubectl.list("events.events.k8s.io")}
    await reconcile()  # its status, for the generation that writing back the count has made
    await reconcile()
    assert reconcile.writes == []


async def test_a_plain_server_side_apply_is_refused_by_the_api_server(
    kubectl: Kubectl, reconcile: Passes
) -> None:
    await held_at_three(kubectl, reconcile, "--server-side")
    with pytest.raises(Refused, match="conflict"):
        kubectl.apply(manifest(), arguments=("--server-side",))
    assert counts(kubectl) == (3, 3)


@pytest.mark.parametrize("version", ["helm", "helm4"])
async def test_a_helm_upgrade_takes_no_pods_away(
    version: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    kubectl: Kubectl,
    reconcile: Passes,
) -> None:
    helm: Path = request.getfixturevalue(version)

    def upgrade(replicas: int) -> None:
        (tmp_path / "templates").mkdir(exist_ok=True)
        (tmp_path / "Chart.yaml").write_text("{apiVersion: v2, name: shop, version: 1.0.0}")
        (tmp_path / "templates" / "model.yaml").write_text(text(replicas))
        place = (f"--namespace={kubectl.namespace}", f"--kubeconfig={kubectl.kubeconfig}")
        subprocess.run([helm, "upgrade", "--install", "shop", tmp_path, *place], check=False)

    upgrade(1)
    await reconcile()
    kubectl("scale", "ms", "demo", "--replicas=3")
    await reconcile()
    upgrade(2)
    await reconcile()
    assert counts(kubectl) == (3, 3)


async def test_the_autoscaler_goes_on_from_there(kubectl: Kubectl, reconcile: Passes) -> None:
    await held_at_three(kubectl, reconcile)
    kubectl.apply(manifest())
    await reconcile()
    kubectl("scale", "ms", "demo", "--replicas=2")
    await reconcile()
    assert counts(kubectl) == (2, 2)


async def test_zero_in_a_manifest_pauses_and_a_count_resumes(
    kubectl: Kubectl, reconcile: Passes
) -> None:
    await held_at_three(kubectl, reconcile)
    kubectl.apply(manifest(0))
    await reconcile()
    assert counts(kubectl) == (0, 0)
    kubectl.apply(manifest(2))
    await reconcile()
    assert counts(kubectl) == (2, 2)


async def test_without_an_autoscaler_the_manifest_is_obeyed(
    kubectl: Kubectl, reconcile: Passes
) -> None:
    kubectl.apply(model_server(deployment_parameters={"replicas": 3}))
    await reconcile()
    kubectl.apply(model_server(deployment_parameters={"replicas": 1}))
    await reconcile()
    assert counts(kubectl) == (1, 1)


def users_autoscaler(kind: str, name: str) -> dict[str, Any]:
    version = "intel.com/v1alpha1" if kind == "ModelServer" else "apps/v1"
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "mine"},
        "spec": {
            "scaleTargetRef": {"apiVersion": version, "kind": kind, "name": name},
            "maxReplicas": 5,
        },
    }


async def test_a_users_own_autoscaler_is_protected_as_well(
    kubectl: Kubectl, reconcile: Passes
) -> None:
    kubectl.apply(users_autoscaler("ModelServer", "demo"))
    await held_at_three(kubectl, reconcile)
    kubectl.apply(manifest())
    await reconcile()
    assert counts(kubectl) == (3, 3)
    assert [one["metadata"]["name"] for one in kubectl.list("hpa")] == ["mine"]


async def test_an_autoscaler_of_the_deployment_itself_is_left_to_it(
    kubectl: Kubectl, reconcile: Passes
) -> None:
    kubectl.apply(model_server(deployment_parameters={"replicas": 2}))
    await reconcile()
    kubectl.apply(users_autoscaler("Deployment", "demo-ovms"))
    await reconcile()
    assert counts(kubectl) == (2, 2)
    kubectl("scale", "deploy", "demo-ovms", "--replicas=4")
    kubectl.apply(model_server(deployment_parameters={"replicas": 1}))
    await reconcile()
    assert counts(kubectl) == (1, 4)
    await reconcile()
    assert reconcile.writes == []


async def test_a_spec_that_is_not_valid_any_more_is_scaled_within_the_bounds(
    kubectl: Kubectl, reconcile: Passes
) -> None:
    await held_at_three(kubectl, reconcile)
    broken = model_server(**AUTOSCALED, deployment_parameters={"replicas": 1})
    broken["spec"]["models_settings"]["plugin_config"] = "{'KEY': 1}"
    kubectl.apply(broken)
    await reconcile()
    assert counts(kubectl) == (1, 3)
    kubectl("scale", "ms", "demo", "--replicas=4")
    await reconcile()
    assert counts(kubectl) == (4, 4)
    kubectl.apply(manifest())
    await reconcile()
    assert counts(kubectl) == (4, 4)
