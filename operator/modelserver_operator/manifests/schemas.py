"""The schemas that objects are held against before a cluster sees them.

Those of Kubernetes' own kinds are published with each release. All other kinds have theirs in a
CustomResourceDefinition, which may differ from cluster to cluster and is taken from the files.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import jsonschema
import kubernetes_validate

from modelserver_operator.api import Problem
from modelserver_operator.api.wording import shown
from modelserver_operator.render import Manifest

Kind = tuple[str, str]
"""An apiVersion and a kind."""

CustomSchemas = Mapping[Kind, Any]
"""The validator of each kind that a CustomResourceDefinition defines."""


class NoSchemaError(Exception):
    """Nothing is known of an object's kind."""


def custom_schemas(definitions: Iterable[Mapping[str, Any]]) -> CustomSchemas:
    """The schemas in these CustomResourceDefinitions. The rules in them are not obeyed here."""
    return {
        (f"{spec['group']}/{version['name']}", spec["names"]["kind"]): _validator(version)
        for spec in (definition["spec"] for definition in definitions)
        for version in spec["versions"]
    }


def problem(manifest: Manifest, custom: CustomSchemas) -> Problem | None:
    """The first thing wrong with an object.

    Raises:
        NoSchemaError: its kind is not known.
    """
    for name in ("apiVersion", "kind"):
        if not isinstance(manifest.get(name), str):
            return Problem(name, None if name not in manifest else shown(manifest[name]), "a text")
    own = custom.get((manifest["apiVersion"], manifest["kind"]))
    try:
        if own:
            own.validate(manifest)
        else:
            version = kubernetes_validate.latest_version()
            kubernetes_validate.validate(manifest, version, strict=True)
    except jsonschema.ValidationError as error:
        return _problem(error)
    except kubernetes_validate.SchemaNotFoundError:
        raise NoSchemaError from None
    return None


def _validator(version: Mapping[str, Any]) -> Any:  # noqa: ANN401 - jsonschema makes its validators at run time
    root = version["schema"]["openAPIV3Schema"]
    of_every_object: Manifest = {key: {} for key in ("apiVersion", "kind", "metadata")}
    schema = _closed({**root, "properties": {**root.get("properties", {}), **of_every_object}})
    return jsonschema.Draft202012Validator(schema)


def _closed(node: Mapping[str, Any]) -> Manifest:
    """A structural schema in the words of JSON Schema, which keeps no field that it does not know.

    The API server would drop such a field in silence.
    """
    schema = {key: value for key, value in node.items() if not key.startswith("x-")}
    if node.get("x-kubernetes-int-or-string"):
        schema["type"] = ["integer", "string"]
    if "properties" in node:
        schema["properties"] = {name: _closed(child) for name, child in node["properties"].items()}
        if not node.get("x-kubernetes-preserve-unknown-fields"):
            schema["additionalProperties"] = False
    for keyword in ("items", "additionalProperties"):
        if isinstance(node.get(keyword), Mapping):
            schema[keyword] = _closed(node[keyword])
    return schema


def _problem(error: Any) -> Problem:  # noqa: ANN401 - kubernetes_validate's own kind of the error
    path = _dotted(error.absolute_path)
    match error.validator:
        case "additionalProperties":
            known = error.schema["properties"]
            unknown = ", ".join(key for key in error.instance if key not in known)
            return Problem(path, unknown, f"made of {', '.join(known)}")
        case "required":
            missing = next(key for key in error.validator_value if key not in error.instance)
            return Problem(f"{path}.{missing}".removeprefix("."), None, "given")
    return Problem(path, shown(error.instance), _allowed(error.schema))


def _allowed(schema: Manifest) -> str:
    if "enum" in schema:
        return f"one of {', '.join(map(str, schema['enum']))}"
    if "pattern" in schema:
        return f"a text that matches {schema['pattern']}"
    kinds = schema.get("type", [])
    names = [kinds] if isinstance(kinds, str) else [kind for kind in kinds if kind != "null"]
    return f"of type {' or '.join(names)}" if names else "as Kubernetes defines it"


def _dotted(steps: Iterable[str | int]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)[1:]
