"""The PodDisruptionBudget, which keeps node drains from taking all replicas at once."""

from modelserver_operator.api import ModelServer
from modelserver_operator.render.manifest import Manifest, metadata
from modelserver_operator.render.names import fullname, selector


def pod_disruption_budget(server: ModelServer) -> Manifest | None:
    """The PodDisruptionBudget, where one is asked for or an autoscaler is.

    It bounds the pods that are down, not those that stay: with one replica the latter would block
    a drain for ever. Pods that do not serve may always be evicted.
    """
    budget = server.spec.deployment_parameters.pod_disruption_budget
    enabled = server.spec.autoscaling.enabled if budget.enabled is None else budget.enabled
    if not enabled:
        return None
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": metadata(server, fullname(server)),
        "spec": {
            "maxUnavailable": _int_or_percent(budget.max_unavailable or "1"),
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
            "selector": {"matchLabels": selector(server)},
        },
    }


def _int_or_percent(text: str) -> int | str:
    return text if text.endswith("%") else int(text)
