from typing import Any

import pytest

from modelserver_operator.api import parse
from modelserver_operator.reconcile.references import references


def named(**spec: Any) -> list[tuple[str, bool]]:  # noqa: ANN401
    document = {
        "apiVersion": "intel.com/v1alpha1",
        "kind": "ModelServer",
        "metadata": {"name": "demo"},
        "spec": spec,
    }
    found = references(parse(document).server)
    return [(str(one), one.optional) for one in found]


def variable(name: str, kind: str, optional: bool) -> dict[str, Any]:
    key = {"name": "site", "key": "k", "optional": optional}
    return {"name": name, "valueFrom": {f"{kind}KeyRef": key}}


@pytest.mark.parametrize(
    ("block", "field", "expected"),
    [
        ("models_settings", "config_configmap_name", "ConfigMap/site"),
        ("deployment_parameters", "extra_envs_configmap", "ConfigMap/site"),
        ("deployment_parameters", "extra_envs_secret", "Secret/site"),
        ("models_repository", "gcp_creds_secret_name", "Secret/site"),
    ],
)
def test_a_field_that_names_one_is_followed(block: str, field: str, expected: str) -> None:
    assert named(**{block: {field: "site"}}) == [(expected, False)]


def test_variables_are_followed() -> None:
    env = [variable("A", "secret", True), variable("B", "configMap", False)]
    assert named(deployment_parameters={"env": env}) == [
        ("ConfigMap/site", False),
        ("Secret/site", True),
    ]


@pytest.mark.parametrize("order", [(True, False), (False, True)])
def test_one_mention_that_needs_it_makes_it_needed(order: tuple[bool, bool]) -> None:
    env = [variable(f"V{index}", "secret", value) for index, value in enumerate(order)]
    ((_, optional),) = named(deployment_parameters={"env": env})
    assert not optional


def test_an_empty_name_names_nothing() -> None:
    assert named(models_settings={"config_configmap_name": ""}) == []
