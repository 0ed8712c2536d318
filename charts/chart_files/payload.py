"""What the chart takes from the operator: the CRD, rights, rules, dashboards."""

from collections.abc import Iterator
from pathlib import Path

from modelserver_operator.api import custom_resource_definition
from modelserver_operator.manifests.documents import as_yaml
from modelserver_operator.render.adapter import adapter_config

_WINDOW = "@WINDOW@"


def payload() -> Iterator[tuple[Path, str]]:
    """Each file of the chart's files/, and what it holds."""
    yield Path("crd.yaml"), as_yaml([custom_resource_definition()])
    yield Path("adapter-rule.yaml"), as_yaml([adapter_config(_WINDOW)])
