"""A pass with the operator's own rights, and with one of them less."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest

from control_plane import ControlPlane, Kubectl, eventually
from control_plane.passes import Passes, model_server, passes
from modelserver_operator.controller import rights
from modelserver_operator.controller.rights import Right
from modelserver_operator.reconcile import Verdict

USER = "limited"
AUTOSCALED: dict[str, Any] = {
    "autoscaling": {"enabled": True},
    "monitoring": {"service_monitor": {"enabled": True}},
    "models_repository": {"aws_access_key_id": "me", "aws_secret_access_key": "secret"},
}


def grant(kubectl: Kubectl, granted: Iterable[Right]) -> None:
    metadata = {"name": USER, "namespace": kubectl.namespace}
    group = "rbac.authorization.k8s.io"
    version = {"apiVersion": f"{group}/v1"}
    kubectl.apply(
        {**version, "kind": "Role", "metadata": metadata, "rules": rights.rules(granted)},
        {
            **version,
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": {"apiGroup": group, "kind": "Role", "name": USER},
            "subjects": [{"apiGroup": group, "kind": "User", "name": USER}],
        },
    )


def all_but(resource: str) -> list[Right]:
    return [right for right in rights.IN_EACH_NAMESPACE if right.resources != (resource,)]


@pytest.fixture
async def limited(control_plane: ControlPlane, namespace: str) -> AsyncIterator[Passes]:
    async with passes(control_plane.user(USER), namespace) as made:
        yield made


async def test_the_operators_rights_are_enough(kubectl: Kubectl, limited: Passes) -> None:
    grant(kubectl, rights.IN_EACH_NAMESPACE)
    kubectl.apply(model_server(**AUTOSCALED))
    assert (await limited()).verdict is Verdict.DONE
    kubectl.apply(model_server())
    assert (await limited()).verdict is Verdict.DONE
    assert len(kubectl.list("hpa,pdb,servicemonitor,secret")) == 0


@pytest.mark.parametrize(
    "withdrawn",
    ["poddisruptionbudgets", "horizontalpodautoscalers", "servicemonitors", "networkpolicies"],
)
async def test_without_a_right_that_is_not_vital_the_rest_is_made(
    withdrawn: str, kubectl: Kubectl, limited: Passes
) -> None:
    grant(kubectl, all_but(withdrawn))
    kubectl.apply(model_server(**AUTOSCALED))
    assert (await limited()).verdict is Verdict.DONE
    assert kubectl.get("deploy", "demo-ovms")


async def test_without_a_vital_right_it_stalls_and_names_it(
    kubectl: Kubectl, limited: Passes
) -> None:
    grant(kubectl, all_but("services"))
    kubectl.apply(model_server())
    outcome = await limited()
    assert outcome.verdict is Verdict.STALLED
    assert "services" in outcome.error


async def test_a_quota_in_the_way_is_told_in_its_own_words_until_it_gives_way(
    kubectl: Kubectl, limited: Passes
) -> None:
    grant(kubectl, rights.IN_EACH_NAMESPACE)
    kubectl("create", "quota", "small", "--hard=services=0")
    eventually(lambda: kubectl.get("quota", "small")["status"]["hard"])
    kubectl.apply(model_server())
    outcome = await limited()
    assert (outcome.verdict, outcome.after) == (Verdict.STALLED, 60)
    [stalled] = (one for one in outcome.status["conditions"] if one["type"] == "Stalled")
    assert stalled["reason"] == "Denied"
    assert "exceeded quota: small" in stalled["message"]
    kubectl("delete", "quota", "small")
    while (await limited()).verdict is not Verdict.DONE:
        pass  # the API server knows of the quota for a moment more
    assert kubectl.get("service", "demo-ovms")


async def test_a_right_that_is_withdrawn_restarts_no_pod(kubectl: Kubectl, limited: Passes) -> None:
    grant(kubectl, rights.IN_EACH_NAMESPACE)
    kubectl("create", "secret", "generic", "site", "--from-literal=A=1")
    kubectl.apply(model_server(deployment_parameters={"extra_envs_secret": "site"}))
    await limited()
    before = kubectl.get("deploy", "demo-ovms")["spec"]["template"]
    grant(kubectl, all_but("secrets"))
    await limited()
    assert kubectl.get("deploy", "demo-ovms")["spec"]["template"] == before
