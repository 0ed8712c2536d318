"""The work of `monitoring`: each output on standard output, as YAML or, for Grafana, as JSON."""

import sys
from argparse import Namespace
from typing import Any

from modelserver_operator.autoscaling.ratio import Basis
from modelserver_operator.manifests.documents import as_yaml
from modelserver_operator.monitoring import adapter
from modelserver_operator.monitoring.dashboards import as_json, fleet, single
from modelserver_operator.monitoring.prometheus_rule import prometheus_rule


def _adapter_rule(given: Namespace) -> None:
    basis = Basis(given.basis)
    match given.form:
        case "config":
            _print(adapter.config(given.window, basis))
        case "helm-values":
            _print(adapter.helm_values(given.window, basis))
        case "config-map":
            where = {"name": given.name, "key": given.key, "namespace": given.namespace}
            _print(adapter.config_map(given.window, basis, **where))


def _alerts(given: Namespace) -> None:
    labels = dict(given.labels)
    _print(
        prometheus_rule(given.runbooks, name=given.name, namespace=given.namespace, labels=labels)
    )


def _dashboard(given: Namespace) -> None:
    made = fleet() if given.dashboard == "fleet" else single()
    sys.stdout.write(as_json(made, indent=2))


def _print(document: dict[str, Any]) -> None:
    sys.stdout.write(as_yaml([document]))


PRINTERS = {"adapter-rule": _adapter_rule, "alerts": _alerts, "dashboard": _dashboard}
"""What prints each output, given the parsed command line."""
