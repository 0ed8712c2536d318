"""The reference of the resource: complete, up to date, and right about what is left out."""

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from modelserver_operator.api import InvalidManifest, custom_resource_definition, parse
from modelserver_operator.reference import reference
from modelserver_operator.reference.defaults import VALUES, WORDS
from modelserver_operator.render import Context, render

Spec = dict[str, Any]

PAGE = Path(__file__).parents[3] / "docs/reference/modelserver.md"
[VERSION] = custom_resource_definition()["spec"]["versions"]
SCHEMA = VERSION["schema"]["openAPIV3Schema"]["properties"]


def fields(node: Spec, path: str) -> Iterator[tuple[str, str, Spec]]:
    """Each field with the block that it stands in."""
    for name, child in node.get("properties", {}).items():
        yield path, name, child
        yield from fields(child, f"{path}.{name}")
        yield from fields(child.get("items", {}), f"{path}.{name}[]")


FIELDS = [entry for root in ("spec", "status") for entry in fields(SCHEMA[root], root)]


def test_the_page_is_the_one_that_is_generated() -> None:
    assert PAGE.read_text() == reference(), "run `make generate`"


def test_every_field_has_a_row_with_its_meaning_and_an_example() -> None:
    sections = {part.partition("`")[0]: part for part in reference().split("\n## `")}
    for block, name, node in FIELDS:
        description, _, example = node["description"].partition(" Example: ")
        (row,) = [line for line in sections[block].splitlines() if line.startswith(f"| `{name}` |")]
        assert description in row.replace("\\|", "|")
        assert f"`{example}`" in row.replace("\\|", "|")


def test_every_default_is_that_of_a_field() -> None:
    known = {f"{block}.{name}".removeprefix("spec.") for block, name, _ in FIELDS}
    assert set(VALUES) | set(WORDS) <= known


# A ModelServer in which every default would show: all that can be switched on is on.
RICH: Spec = {
    "deployment_parameters": {
        "pod_disruption_budget": {"enabled": True},
        "resources": {"limits": {"xpu_device": "gpu.intel.com/i915"}},
    },
    "models_settings": {"model_name": "m", "model_path": "/models/m"},
    "server_settings": {},
    "monitoring": {"service_monitor": {"enabled": True}},
    "autoscaling": {"enabled": True},
    "network_policy": {"enabled": True},
}
STATEFUL = {"image_name": "openvino/model_server:2024.5", "models_settings.is_stateful": True}
SETTING = {
    "autoscaling.window": {"autoscaling.provider": "keda"},
    "deployment_parameters.resources.requests.xpu_device_quantity": {
        "deployment_parameters.resources": {"requests": {"xpu_device": "gpu.intel.com/xe"}}
    },
    "models_settings.config_path": {
        "models_settings": {"single_model_mode": False, "config_configmap_name": "c"}
    },
    "models_settings.idle_sequence_cleanup": STATEFUL,
    "models_settings.is_stateful": {"image_name": "openvino/model_server:2024.5"},
    "models_settings.low_latency_transformation": STATEFUL,
    "models_settings.max_sequence_number": STATEFUL,
    "server_settings.sequence_cleaner_poll_wait_minutes": STATEFUL,
}
OTHER = {
    "autoscaling.provider": "keda",
    "monitoring.service_monitor.interval": "7s",
    "autoscaling.window": "7m",
    "service_parameters.service_type": "NodePort",
    "server_settings.log_level": "DEBUG",
    "models_settings.config_path": "/config/other.json",
    "models_settings.performance_hint": "THROUGHPUT",
    "models_settings.target_device": "GPU",
    "models_settings.model_version_policy": '{"all": {}}',
    "models_settings.plugin_config": '{"NUM_STREAMS": "3"}',
    "deployment_parameters.topology_spread": [],
    "deployment_parameters.update_strategy": {"type": "Recreate"},
    "network_policy.clients": [],
}


def with_field(spec: Spec, path: str, value: object) -> Spec:
    """A copy of the spec with a field set, or taken out where the value is None."""
    copy = deepcopy(spec)
    *steps, name = path.split(".")
    block = copy
    for step in steps:
        block = block.setdefault(step, {})
    block[name] = value
    return copy


def rendered(spec: Spec) -> object:
    manifest = {"apiVersion": "intel.com/v1alpha1", "kind": "ModelServer", "spec": spec}
    try:
        return render(parse({**manifest, "metadata": {"name": "demo"}}).server, Context())
    except InvalidManifest as refusal:
        return str(refusal)


def other(path: str, value: object) -> object:
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case "1":
            return "2"
    return OTHER[path]


@pytest.mark.parametrize("path", VALUES)
def test_a_default_is_what_a_field_that_is_left_out_means(path: str) -> None:
    spec = with_field(RICH, path, None)
    for name, value in SETTING.get(path, {}).items():
        spec = with_field(spec, name, value)
    left_out = rendered(spec)
    assert rendered(with_field(spec, path, VALUES[path])) == left_out
    assert rendered(with_field(spec, path, other(path, VALUES[path]))) != left_out


def test_the_defaults_of_the_definition_are_among_them() -> None:
    stored = {
        f"{block}.{name}".removeprefix("spec."): node["default"]
        for block, name, node in FIELDS
        if block.startswith("spec") and node.get("default")
    }
    assert stored
    assert all(VALUES[path] == value for path, value in stored.items())
