"""The chart sets what `modelserver-operator run` can be told, and nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelserver_operator.autoscaling.ratio import Basis
from modelserver_operator.controller.options import OPTIONS, PREFIX, Option, read

CHART = Path(__file__).parents[2] / "charts/modelserver-operator"
SETTINGS: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text())["settings"]
DEPLOYMENT = (CHART / "templates/deployment.yaml").read_text()

# What the chart decides itself.
DECIDED = {"lease_name", "operator_pods", "port"}


def camel_case(name: str) -> str:
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)


def as_flag(setting: object) -> str:
    if isinstance(setting, dict):
        return ",".join(f"{key}={value}" for key, value in setting.items())
    return str(setting).lower()


def test_each_setting_is_an_option_and_each_option_a_setting() -> None:
    assert SETTINGS.keys() == {
        camel_case(each.name) for each in OPTIONS if each.name not in DECIDED
    }


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_defaults_are_the_operators_own(option: Option) -> None:
    setting = SETTINGS.get(camel_case(option.name))
    if option.name == "log_format":
        assert setting == "json"  # a cluster's logs are read by programs first
    elif setting not in (None, "", [], {}):
        assert option.parse(option.default) == option.parse(as_flag(setting))


def test_variables_beside_the_settings_are_known_too() -> None:
    known = {option.variable for option in OPTIONS}
    assert set(re.findall(rf"{PREFIX}[A-Z_]*[A-Z]", DEPLOYMENT)) <= known


def test_the_port_is_the_one_that_the_operator_opens() -> None:
    assert f"containerPort: {read({}, {})['port']}" in DEPLOYMENT


def test_the_adapters_rule_can_be_of_any_basis() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    basis = schema["properties"]["adapterRule"]["properties"]["basis"]
    assert basis["enum"] == [str(each) for each in Basis]
