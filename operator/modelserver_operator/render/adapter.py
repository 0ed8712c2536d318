"""The rule by which prometheus-adapter serves the ratio: one for the cluster, never one per server.

Rules are told apart by resource and metric alone, so of two for the same metric one silently wins.
"""

from modelserver_operator.autoscaling.ratio import adapter_rule
from modelserver_operator.render.manifest import Manifest


def adapter_config(window: str) -> Manifest:
    """The adapter's own configuration file."""
    return {"rules": [adapter_rule(window)]}


def adapter_helm_values(window: str) -> Manifest:
    """Values of the prometheus-adapter Helm chart, which add the rule to the chart's own."""
    return {"rules": {"custom": [adapter_rule(window)]}}
