"""The chart on a real API server: install, upgrade, uninstall, and what stays."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from control_plane import Kubectl, Refused, definitions, eventually

CHART = Path(__file__).parents[3] / "charts/modelserver-operator"
DEFINITION = "crd/modelservers.intel.com"
SERVER: dict[str, Any] = {
    "apiVersion": "intel.com/v1alpha1",
    "kind": "ModelServer",
    "metadata": {"name": "demo"},
    "spec": {
        "deployment_parameters": {"replicas": 2},
        "models_settings": {"model_name": "ocr", "model_path": "/models/ocr"},
    },
}
EVERYTHING = [
    f"--set={block}.enabled=true"
    for block in ("serviceMonitor", "prometheusRule", "dashboards", "adapterRule", "networkPolicy")
]

Helm = Any

# Where Helm 3 does nothing else.
with_helm_4 = pytest.mark.parametrize("release", ["Helm 4"], indirect=True)


def properties(kubectl: Kubectl) -> dict[str, Any]:
    """The fields of a spec that the API server knows."""
    crd = kubectl.get("crd", "modelservers.intel.com")
    return crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"][
        "properties"
    ]


def test_a_restricted_namespace_admits_the_operators_pods(release: Helm, kubectl: Kubectl) -> None:
    release.install()
    eventually(lambda: len(kubectl.list("pods")) == 2)


@with_helm_4
def test_everything_that_can_be_switched_on_is_accepted(release: Helm, kubectl: Kubectl) -> None:
    release.install(*EVERYTHING)
    kinds = "servicemonitors,prometheusrules,networkpolicies,configmaps"
    assert {item["kind"] for item in kubectl.list(kinds)} == {
        "ServiceMonitor",
        "PrometheusRule",
        "NetworkPolicy",
        "ConfigMap",
    }


def test_an_uninstall_loses_no_model_server_and_the_next_install_takes_them_up(
    release: Helm, kubectl: Kubectl
) -> None:
    release.install()
    definitions.wait_until_served(kubectl)
    kubectl.apply(SERVER)
    before = kubectl.get("modelserver", "demo")
    release.uninstall()
    assert kubectl.list("deployments") == []
    assert kubectl.get("modelserver", "demo") == before
    release.install()
    assert kubectl.get("modelserver", "demo") == before


@with_helm_4
def test_only_who_says_so_loses_them(release: Helm, kubectl: Kubectl) -> None:
    release.install("--set=crds.keep=false")
    release.uninstall()
    with pytest.raises(Refused, match="not found"):
        kubectl("get", DEFINITION)


@with_helm_4
def test_an_upgrade_brings_the_newer_definition(
    release: Helm, kubectl: Kubectl, tmp_path: Path
) -> None:
    release.install(chart=without_autoscaling(tmp_path / "older"))
    assert "autoscaling" not in properties(kubectl)
    release.install()
    assert "autoscaling" in properties(kubectl)


def test_over_intels_definition_the_user_has_to_say_who_owns_it(
    release: Helm, kubectl: Kubectl, old_definition: dict[str, Any]
) -> None:
    stored = of_an_old_user(kubectl, old_definition)
    with pytest.raises(Refused, match="exists and cannot be imported"):
        release("install", "modelserver-operator", CHART)
    release.install(*release.taking_over)
    assert "autoscaling" in properties(kubectl)
    assert kubectl.get("modelserver", "demo")["spec"] == stored


@with_helm_4
def test_the_definition_can_be_left_to_kubectl(
    release: Helm, kubectl: Kubectl, old_definition: dict[str, Any]
) -> None:
    stored = of_an_old_user(kubectl, old_definition)
    file = str(CHART.parents[1] / "deploy/crd.yaml")
    kubectl("apply", "--server-side", "--force-conflicts", "-f", file)
    release.install("--set=crds.enabled=false")
    assert "autoscaling" in properties(kubectl)
    release.uninstall()
    assert kubectl.get("modelserver", "demo")["spec"] == stored


@with_helm_4
def test_the_way_back_is_open(
    release: Helm, kubectl: Kubectl, old_definition: dict[str, Any]
) -> None:
    stored = of_an_old_user(kubectl, old_definition)
    release.install(*release.taking_over)
    release.uninstall()
    kubectl("replace", "-f", "-", stdin=yaml.safe_dump(old_definition))
    assert "autoscaling" not in properties(kubectl)
    assert kubectl.get("modelserver", "demo")["spec"] == stored


def of_an_old_user(kubectl: Kubectl, definition: dict[str, Any]) -> dict[str, Any]:
    """Install the old definition and an object; the spec with the defaults that it stores."""
    kubectl.apply(definition)
    definitions.wait_until_served(kubectl)
    kubectl.apply(SERVER)
    return kubectl.get("modelserver", "demo")["spec"]


def without_autoscaling(copy: Path) -> Path:
    """An older chart, whose definition lacks a block."""
    shutil.copytree(CHART, copy)
    file = copy / "files/crd.yaml"
    crd = yaml.safe_load(file.read_text())
    schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    del schema["properties"]["spec"]["properties"]["autoscaling"]
    file.write_text(yaml.safe_dump(crd))
    return copy
