"""The CustomResourceDefinition: its form, its size, and that it says what the models say."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from modelserver_operator.api import InvalidManifest, custom_resource_definition, parse

Schema = dict[str, Any]

DATA = Path(__file__).parent / "data"
CRD = custom_resource_definition()
[VERSION] = CRD["spec"]["versions"]
ROOT = VERSION["schema"]["openAPIV3Schema"]
SPEC = ROOT["properties"]["spec"]

CONSTRAINTS = {
    *("enum", "pattern", "minimum", "maximum", "format"),
    *("maxLength", "maxItems", "maxProperties"),
}


def nodes(schema: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Every node of a schema with its path."""
    yield path, schema
    for name, child in schema.get("properties", {}).items():
        yield from nodes(child, f"{path}.{name}")
    for keyword in ("items", "additionalProperties"):
        if keyword in schema:
            yield from nodes(schema[keyword], f"{path}[]")


def fields(schema: Schema) -> dict[str, Schema]:
    """The nodes that carry a name, below the root and apart from the object's metadata."""
    return {
        path: node
        for path, node in nodes(schema)
        if path and not path.endswith("[]") and path != ".metadata"
    }


def cases(name: str) -> list[Any]:
    return list(yaml.safe_load((DATA / f"{name}.yaml").read_text()))


def test_every_node_is_typed() -> None:
    untyped = [
        path
        for path, node in nodes(ROOT)
        if not isinstance(node.get("type"), str) and not node.get("x-kubernetes-int-or-string")
    ]
    assert untyped == []


def test_the_schema_is_structural() -> None:
    allowed = CONSTRAINTS | {
        *("type", "description", "default", "required"),
        *("properties", "items", "additionalProperties"),
    }
    foreign = {
        (path, key)
        for path, node in nodes(ROOT)
        for key in node
        if key not in allowed and not key.startswith("x-kubernetes-")
    }
    assert foreign == set()


def test_no_node_has_both_named_and_free_keys() -> None:
    both = [path for path, node in nodes(ROOT) if {"properties", "additionalProperties"} <= {*node}]
    assert both == []


def test_a_required_field_is_a_property() -> None:
    for path, node in nodes(ROOT):
        assert {*node.get("required", ())} <= {*node.get("properties", ())}, path


def test_it_fits_into_64_kib() -> None:
    assert len(json.dumps(CRD).encode()) <= 64 * 1024


def test_every_field_is_described_with_an_example() -> None:
    silent = [p for p, node in fields(ROOT).items() if "Example: " not in node["description"]]
    assert silent == [".spec", ".status"]


def test_most_values_are_constrained() -> None:
    leaves = [node for node in fields(ROOT).values() if "properties" not in node]
    constrained = [node for node in leaves if CONSTRAINTS & {*node}]
    assert len(constrained) / len(leaves) >= 0.6


def test_every_list_and_every_map_is_bounded() -> None:
    unbounded = [
        path
        for path, node in nodes(ROOT)
        if (node.get("type") == "array" and "maxItems" not in node)
        or ("additionalProperties" in node and "maxProperties" not in node)
    ]
    assert unbounded == []


UNSEEN = {
    "type": "Ready",
    "status": "Unknown",
    "reason": "Pending",
    "message": "The operator has not seen it yet.",
    "lastTransitionTime": "1970-01-01T00:00:00Z",
}


def test_only_what_scaling_and_waiting_need_has_a_default() -> None:
    defaults = {path: node["default"] for path, node in nodes(ROOT) if "default" in node}
    assert defaults == {
        ".spec.deployment_parameters": {},
        ".spec.deployment_parameters.replicas": 1,
        ".status": {"conditions": [UNSEEN]},
        ".status.conditions": [UNSEEN],
    }


def test_replicas_lie_where_keda_will_not_take_them_for_its_own() -> None:
    assert "replicas" not in SPEC["properties"]
    assert VERSION["subresources"] == {
        "status": {},
        "scale": {
            "specReplicasPath": ".spec.deployment_parameters.replicas",
            "statusReplicasPath": ".status.replicas",
            "labelSelectorPath": ".status.labelSelector",
        },
    }


def test_unknown_keys_stay_directly_under_spec_and_status_and_in_kubernetes_own_objects() -> None:
    open_ended = {p for p, node in nodes(ROOT) if node.get("x-kubernetes-preserve-unknown-fields")}
    deployment = ".spec.deployment_parameters"
    assert open_ended == {
        ".spec",
        ".status",
        ".spec.autoscaling.behavior",
        ".spec.network_policy.clients[]",
        f"{deployment}.node_affinity",
        f"{deployment}.pod_affinity",
        f"{deployment}.pod_antiaffinity",
        f"{deployment}.update_strategy",
        f"{deployment}.tolerations[]",
        f"{deployment}.topology_spread[]",
    }


def test_each_rule_sits_on_the_smallest_block_that_holds_its_fields() -> None:
    rules = {p: len(n["x-kubernetes-validations"]) for p, n in nodes(ROOT) if rules_of(n)}
    assert rules == {
        "": 2,
        ".spec.server": 1,
        ".spec.deployment_parameters": 1,
        ".spec.deployment_parameters.env[]": 1,
        ".spec.deployment_parameters.env[].valueFrom": 1,
        ".spec.service_parameters": 1,
        ".spec.models_settings": 2,
        ".spec.model_cache": 2,
        ".spec.autoscaling": 2,
    }


def test_every_field_in_a_rule_is_guarded() -> None:
    for path, node in nodes(SPEC):
        for rule in rules_of(node):
            for name in node["properties"]:
                if f"self.{name}" in rule["rule"].replace(f"has(self.{name})", ""):
                    assert f"has(self.{name})" in rule["rule"], (path, name)


def test_the_old_crds_fields_are_all_there(upstream_crd: Schema) -> None:
    assert {*fields(upstream_crd)} - {*fields(SPEC)} == set()


def test_the_names_that_users_type() -> None:
    names = CRD["spec"]["names"]
    assert (CRD["metadata"]["name"], names["shortNames"]) == (
        "modelservers.intel.com",
        ["ms", "msrv"],
    )
    shown = [c["name"] for c in VERSION["additionalPrinterColumns"] if not c.get("priority")]
    assert shown == ["Model", "Device", "Ready", "Ratio", "Replicas", "Age"]


def rules_of(node: Schema) -> list[dict[str, str]]:
    return list(node.get("x-kubernetes-validations", ()))


# Does the API server's schema draw the line where the models draw it? JSON texts, keys of maps
# and rules apart, which JSON Schema cannot express.


def as_json_schema(node: Schema) -> Schema:
    """The schema in the words of JSON Schema, which knows no int-or-string."""
    converted = dict(node)
    if node.get("x-kubernetes-int-or-string"):
        converted["type"] = ["integer", "string"]
    if "pattern" in node:
        converted["pattern"] = node["pattern"].removesuffix("$") + r"\Z"
    if "properties" in node:
        converted["properties"] = {k: as_json_schema(v) for k, v in node["properties"].items()}
    for keyword in ("items", "additionalProperties"):
        if keyword in node:
            converted[keyword] = as_json_schema(node[keyword])
    return converted


VALIDATOR = jsonschema.Draft202012Validator(as_json_schema(SPEC))


@pytest.mark.parametrize("spec", cases("accepted"), ids=str)
def test_the_api_server_accepts_what_the_models_accept(spec: Schema) -> None:
    # it prunes nulls before it validates
    assert VALIDATOR.is_valid({key: value for key, value in spec.items() if value is not None})


@pytest.mark.parametrize(
    "spec",
    # that a name is given once, a list's map key says, which is no matter of JSON Schema
    [case["spec"] for case in cases("refused_values") if "each name once" not in case["line"]],
    ids=str,
)
def test_the_api_server_refuses_what_the_models_refuse(spec: Schema) -> None:
    assert not VALIDATOR.is_valid(spec)


JSON_TEXTS = {".models_settings.plugin_config", ".models_settings.model_version_policy"}
LEAVES = sorted(
    path
    for path, node in fields(SPEC).items()
    if "properties" not in node and "[]" not in path and path not in JSON_TEXTS
)
VALUES = st.one_of(
    st.booleans(),
    st.integers(-3, 2**33),
    st.floats(0, 9).filter(lambda number: not number.is_integer()),
    st.text(max_size=4),
    st.text("019.:mkGis-/aAUTO%{}", max_size=6),
    st.sampled_from(["AUTO", "1m30s", "700m", "4Gi", "1:8", "25%", "/models", "LATENCY", "f32"]),
    st.lists(st.integers(-1, 9), max_size=2),
    st.dictionaries(st.text("aZ0-_./", max_size=4), st.text("aZ0-_.", max_size=4), max_size=2),
)


@given(path=st.sampled_from(LEAVES), value=VALUES)
def test_the_api_server_and_the_models_agree_on_any_value(path: str, value: object) -> None:
    spec: Any = value
    for step in reversed(path.removeprefix(".").split(".")):
        spec = {step: spec}
    assert each_value_is_allowed(spec) == VALIDATOR.is_valid(spec)


def each_value_is_allowed(spec: Schema) -> bool:
    """Whether nothing but a rule or the key of a map is wrong: JSON Schema knows neither."""
    document = {"apiVersion": "intel.com/v1alpha1", "kind": "ModelServer"}
    try:
        parse(document | {"metadata": {"name": "demo"}, "spec": spec})
    except InvalidManifest as refused:
        messages = [rule["message"] for _, node in nodes(SPEC) for rule in rules_of(node)]
        return all(
            "a valid key" in problem.allowed or any(problem.allowed in text for text in messages)
            for problem in refused.problems
        )
    return True
