"""What pods are rendered from, condensed: when it changes, there is a reason to touch pods.

The operator's own version is not part of it, so that its upgrade restarts nothing. Nor is what no
pod shows: a new port of the Service, or a higher bound for an autoscaler, restarts nothing either.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modelserver_operator.reconcile.marks import digest
from modelserver_operator.render import Context, Settings
from modelserver_operator.render.pod_security import Level

NOT_IN_PODS = (
    "deployment_parameters.replicas",
    "deployment_parameters.update_strategy",
    "deployment_parameters.pod_disruption_budget",
    "service_parameters",
    "network_policy",
    "autoscaling.provider",
    "autoscaling.min_replicas",
    "autoscaling.max_replicas",
    "autoscaling.target_ratio",
    "autoscaling.window",
    "autoscaling.scale_up_stabilization_seconds",
    "autoscaling.scale_down_stabilization_seconds",
    "autoscaling.behavior",
    "monitoring.service_monitor.interval",
    "monitoring.service_monitor.labels",
    "monitoring.dashboard",
)
"""The fields of the spec that never reach a pod. What is not named here counts as reaching it."""

_POLICY = ("runtime_user", "allow_host_path_cache")
"""The settings by which a platform decides what pods may do."""

_USUAL = Settings()


@dataclass(frozen=True, slots=True)
class Inputs:
    """What one ModelServer's pods are rendered from.

    Attributes:
        wish: the hash of spec and policy.
        references: a hash for each ConfigMap and Secret that the spec names, by kind and name; an
            empty one where it cannot be read.
        roll_out: the value of the annotation by which a user asks for the newest rendering.
    """

    wish: str
    references: Mapping[str, str]
    roll_out: str = ""


def inputs(
    spec: Mapping[str, Any], context: Context, references: Mapping[str, str], roll_out: str
) -> Inputs:
    """The inputs of a ModelServer with this spec, as it is stored."""
    wish = {"spec": _of_pods(spec), "policy": _policy(context)}
    return Inputs(digest(wish), references, roll_out)


def _policy(context: Context) -> dict[str, object]:
    """What differs from the defaults, so that a setting which is new changes nothing by itself."""
    own = {name: getattr(context.settings, name) for name in _POLICY}
    changed: dict[str, object] = {
        name: value for name, value in own.items() if value != getattr(_USUAL, name)
    }
    if context.pod_security is not Level.PRIVILEGED:
        changed["pod_security"] = context.pod_security
    return changed


def _of_pods(block: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """The block without what reaches no pod, and without the blocks that leaves empty."""
    kept = dict[str, Any]()
    for name, value in block.items():
        where = f"{path}.{name}".removeprefix(".")
        content = _of_pods(value, where) if isinstance(value, Mapping) else value
        if where not in NOT_IN_PODS and content not in ({}, None):
            kept[name] = content
    return kept
