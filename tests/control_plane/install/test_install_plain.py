"""The plain manifests on a real API server."""

from __future__ import annotations

from pathlib import Path

from control_plane import Kubectl, eventually

DEPLOY = Path(__file__).parents[3] / "deploy"
ALL_BUT_THE_NAMESPACE = "--selector=app.kubernetes.io/name=modelserver-operator"


def test_apply_k_installs_all_that_is_needed_and_changes_nothing_the_second_time(
    kubectl: Kubectl,
) -> None:
    kubectl("apply", "--server-side", "-k", str(DEPLOY))
    eventually(lambda: len(kubectl.list("pods")) == 2)
    versions = [item["metadata"]["generation"] for item in kubectl.list("deployments")]
    kubectl("apply", "--server-side", "-k", str(DEPLOY))
    assert [item["metadata"]["generation"] for item in kubectl.list("deployments")] == versions
    kubectl("delete", "-k", str(DEPLOY), ALL_BUT_THE_NAMESPACE)


def test_apply_f_installs_it_too(kubectl: Kubectl) -> None:
    files = [f"--filename={DEPLOY / name}" for name in ("crd.yaml", "operator.yaml")]
    kubectl("apply", *files, f"--filename={DEPLOY / 'monitoring.yaml'}")
    eventually(lambda: len(kubectl.list("pods")) == 2)
    kubectl("delete", *files, ALL_BUT_THE_NAMESPACE)
