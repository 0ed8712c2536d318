"""A child that is not in the table would stay for ever when it is not asked for any more."""

from pathlib import Path

import pytest
import yaml

from modelserver_operator.api import parse
from modelserver_operator.reconcile.children import child_of, possible
from modelserver_operator.render import Context, render
from modelserver_operator.render.names import fullname

CASES = Path(__file__).parents[3] / "golden" / "render" / "cases"

ASKS_FOR_ALL = {
    "apiVersion": "intel.com/v1alpha1",
    "kind": "ModelServer",
    "metadata": {"name": "demo"},
    "spec": {
        "models_settings": {"model_name": "m", "model_path": "/models/m"},
        "models_repository": {
            "aws_secret_access_key": "a",
            "azure_storage_connection_string": "b",
        },
        "network_policy": {"enabled": True},
        "autoscaling": {"enabled": True},
        "monitoring": {"service_monitor": {"enabled": True}, "dashboard": {"enabled": True}},
    },
}


def servers() -> list[dict[str, object]]:
    documents = (
        document
        for file in sorted(CASES.glob("*.yaml"))
        for document in yaml.safe_load_all(file.read_text())
    )
    return [ASKS_FOR_ALL, *(one for one in documents if one["kind"] == "ModelServer")]


@pytest.mark.parametrize("document", servers())
def test_whatever_is_rendered_can_be_taken_away_again(document: dict[str, object]) -> None:
    server = parse(document).server
    made = {child_of(manifest) for manifest in render(server, Context()).manifests()}
    assert made <= set(possible(fullname(server)))
