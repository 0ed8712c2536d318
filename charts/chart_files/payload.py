"""What the chart takes from the operator: the CRD, rights, rules, dashboards.

Where a value of the chart belongs, its name stands between @ signs, and a template puts it in.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from modelserver_operator.api import custom_resource_definition
from modelserver_operator.autoscaling.ratio import Basis
from modelserver_operator.controller import rights
from modelserver_operator.manifests.documents import as_yaml
from modelserver_operator.monitoring import adapter
from modelserver_operator.monitoring.alerts import groups
from modelserver_operator.monitoring.dashboards import as_json, fleet, single


def payload() -> Iterator[tuple[Path, str]]:
    """Each file of the chart's files/, and what it holds."""
    yield Path("crd.yaml"), as_yaml([custom_resource_definition()])
    yield Path("rights.yaml"), as_yaml([_rights("@LEASE@")])
    for basis in Basis:
        yield Path(f"adapter-rules/{basis}.yaml"), as_yaml([adapter.config("@WINDOW@", basis)])
    yield Path("alerts.yaml"), as_yaml([{"groups": groups("@RUNBOOKS@")}])
    yield Path("dashboards/fleet.json"), as_json(fleet(), indent=2)
    yield Path("dashboards/single.json"), as_json(single(), indent=2)


def _rights(lease: str) -> dict[str, Any]:
    """The rules of the operator's roles, by where they hold."""
    in_each = (*rights.IN_EACH_NAMESPACE, *rights.to_see_lease(lease))
    return {
        "inEachNamespace": rights.rules(in_each),
        "inTheLeasesNamespace": rights.rules(rights.to_hold_lease(lease)),
    }
