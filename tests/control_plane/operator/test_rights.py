"""The rights that the operator has are the rights that it uses: none is missing, none is idle."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from control_plane import ControlPlane, Kubectl, eventually
from control_plane.operator import NAME, OperatorProcess
from modelserver_operator.controller import rights
from modelserver_operator.controller.rights import Right

Manifest = dict[str, Any]
OPTIONAL = "scaledobjects,servicemonitors,networkpolicies,poddisruptionbudgets,secrets"
Used = set[tuple[str, str, str]]

# Used where more is at hand than an API server and its controllers.
ELSEWHERE = {
    # the old operator's finalizers, a replica count put back, a template that is long outdated:
    # tests/control_plane/reconcile/
    ("apps", "controllerrevisions", "delete"),
    ("intel.com", "modelservers", "patch"),
    ("intel.com", "modelservers/scale", "patch"),
    # pods that answer
    ("monitoring.coreos.com", "prometheuses", "list"),
    ("custom.metrics.k8s.io", "pods/ovms_requests_streams_ratio", "get"),
}
# Admission asks for it; no request is for it.
IMPLIED = {("intel.com", "modelservers/finalizers", "update")}


def granted(each: Iterable[Right]) -> Used:
    return {
        (right.group, resource, verb)
        for right in each
        for resource in right.resources
        for verb in right.verbs
    }


def test_every_right_is_used_and_no_other_is_asked_for(
    control_plane: ControlPlane,
    start_operator: Callable[..., OperatorProcess],
    kubectl: Kubectl,
    model_server: Manifest,
) -> None:
    operator = start_operator(everywhere=True)
    spec = model_server["spec"]
    spec["models_repository"]["aws_secret_access_key"] = "secret"
    spec["deployment_parameters"] = {
        "pod_disruption_budget": {"enabled": True},
        "extra_envs_configmap": "site",
    }
    spec["network_policy"] = {"enabled": True}
    spec["monitoring"] = {
        "metrics_enable": True,
        "service_monitor": {"enabled": True},
        "dashboard": {"enabled": True},
    }
    for provider in ("hpa", "keda"):
        spec["autoscaling"] = {"enabled": True, "provider": provider, "max_replicas": 3}
        kubectl.apply(model_server)
        kind = {"hpa": "horizontalpodautoscaler", "keda": "scaledobject"}[provider]
        eventually(lambda kind=kind: kubectl.list(kind))
    settings = {**spec["models_settings"], "num_streams": 2}
    kubectl.apply(model_server | {"spec": {"models_settings": settings}})
    eventually(lambda: not kubectl.list(OPTIONAL))

    asked = [each for each in control_plane.audit.since() if each.user == operator.user]
    used = {(each.group, each.resource, each.verb) for each in asked}
    # an apply that makes its object is a patch, for which the right to create is needed, too
    used |= {(group, resource, "create") for group, resource, verb in used if verb == "patch"}
    table = granted([*rights.IN_EACH_NAMESPACE, *rights.to_see_lease(NAME)])
    table |= granted(rights.to_hold_lease(NAME))
    assert table - used == ELSEWHERE | IMPLIED
    # in the namespace of a test before, which is on its way out, nothing can be made
    here = {"", kubectl.namespace}
    assert {each for each in asked if each.code == 403 and each.namespace in here} == set()
