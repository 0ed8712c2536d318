from typing import Any

import pytest

from modelserver_operator.api import parse
from modelserver_operator.cluster import Kind
from modelserver_operator.cluster.kinds import (
    AUTOSCALER,
    CONFIG_MAP,
    DEPLOYMENT,
    NETWORK_POLICY,
    SERVICE_MONITOR,
)
from modelserver_operator.reconcile.unseen import unseen
from modelserver_operator.render import Context, render


def found(denied: set[Kind], **spec: object) -> tuple[str, ...]:
    manifest = {
        "apiVersion": "intel.com/v1alpha1",
        "kind": "ModelServer",
        "metadata": {"name": "demo", "namespace": "default", "uid": "1"},
        "spec": {"models_settings": {"model_name": "m", "model_path": "/m"}, **spec},
    }
    server = parse(manifest).server
    return unseen(denied, server, render(server, Context()))


@pytest.mark.parametrize("kind", [AUTOSCALER, DEPLOYMENT])
def test_what_any_server_has_or_may_be_given_concerns_it(kind: Kind) -> None:
    assert found({kind}) == (kind.kind,)


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        (NETWORK_POLICY, {"network_policy": {"enabled": True}}),
        (SERVICE_MONITOR, {"monitoring": {"service_monitor": {"enabled": True}}}),
        (CONFIG_MAP, {"deployment_parameters": {"extra_envs_configmap": "site"}}),
        (CONFIG_MAP, {"monitoring": {"dashboard": {"enabled": True}}}),
    ],
)
def test_other_kinds_concern_those_that_ask_for_them(kind: Kind, spec: dict[str, Any]) -> None:
    assert found({kind}, **spec) == (kind.kind,)
    assert found({kind}) == ()
