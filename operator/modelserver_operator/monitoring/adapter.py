"""The rule by which prometheus-adapter serves the ratio: one for the cluster, never one per server.

Rules are told apart by resource and metric alone, so of two for the same metric one silently wins.
"""

from typing import Any

import yaml

from modelserver_operator.autoscaling.ratio import Basis, adapter_rule

_NEVER_FOLD = 1_000_000


def config(window: str, basis: Basis = Basis.BUSIEST_MODEL) -> dict[str, Any]:
    """The adapter's own configuration file."""
    return {"rules": [adapter_rule(window, basis=basis)]}


def helm_values(window: str, basis: Basis = Basis.BUSIEST_MODEL) -> dict[str, Any]:
    """Values of the prometheus-adapter Helm chart, which add the rule to the chart's own."""
    return {"rules": {"custom": [adapter_rule(window, basis=basis)]}}


def config_map(
    window: str,
    basis: Basis = Basis.BUSIEST_MODEL,
    *,
    name: str = "adapter-config",
    key: str = "config.yaml",
    namespace: str | None = None,
) -> dict[str, Any]:
    """A ConfigMap with the adapter's configuration, for the chart's value `rules.existing`.

    The chart mounts it whole and reads the key config.yaml. It holds no rule but ours.
    """
    text = yaml.safe_dump(config(window, basis), sort_keys=False, width=_NEVER_FOLD)
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, **({"namespace": namespace} if namespace else {})},
        "data": {key: text},
    }
