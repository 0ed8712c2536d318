"""From pydantic's JSON schema to the structural schema that a CustomResourceDefinition takes.

A structural schema types every node, has no references, and no alternatives: Kubernetes says
"optional" by leaving a field out, not by allowing null.
"""

from typing import Any

from pydantic import BaseModel

Schema = dict[str, Any]

_VALIDATIONS = frozenset(
    {
        *("description", "type", "format", "enum", "pattern", "required"),
        *("minimum", "maximum", "minLength", "maxLength", "maxItems", "maxProperties"),
    }
)
_EXTENSIONS = "x-kubernetes-"


def structural(model: type[BaseModel], keep: frozenset[str] = frozenset()) -> Schema:
    """The structural schema of a model; `keep` names keys to retain beyond Kubernetes' own."""
    document = model.model_json_schema()
    definitions = document.get("$defs", {})
    wanted = _VALIDATIONS | keep

    def convert(raw: Schema) -> Schema:
        flat = _flattened(raw, definitions)
        node = {k: v for k, v in flat.items() if k in wanted or k.startswith(_EXTENSIONS)}
        if "const" in flat:
            node["enum"] = [flat["const"]]
        if "properties" in flat:
            node["properties"] = {k: convert(child) for k, child in flat["properties"].items()}
        if "items" in flat:
            node["items"] = convert(flat["items"])
        if values := _map_values(flat):
            node["additionalProperties"] = convert(values)
        return node

    return convert(document)


def _flattened(raw: Schema, definitions: Schema) -> Schema:
    """The node with its reference followed and its null alternative dropped."""
    rest = {key: value for key, value in raw.items() if key not in {"$ref", "anyOf"}}
    match raw:
        case {"$ref": str(reference)}:
            target = definitions[reference.rpartition("/")[2]]
        case {"anyOf": [target, {"type": "null"}]}:
            pass
        case _:
            return rest
    return _flattened(target | rest, definitions)


def _map_values(node: Schema) -> Schema | None:
    """The schema of a map's values; a structural schema cannot constrain the keys."""
    match node:
        case {"additionalProperties": dict(values)} if values:
            return values
        case {"patternProperties": dict(patterns)}:
            [values] = patterns.values()
            return dict(values)
    return None
