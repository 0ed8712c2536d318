"""The environment that a container's `env` and `envFrom` make, by the kubelet's rules."""

from collections.abc import Mapping
from typing import Any

from modelserver_operator.local.errors import CannotPlayError
from modelserver_operator.local.pods.store import Contents, Store


def environment(container: Mapping[str, Any], store: Store) -> dict[str, str]:
    """The variables of a container manifest; `env` wins over `envFrom`, later entries over earlier.

    Raises:
        CannotPlayError: a ConfigMap, Secret or key that is not optional is missing.
    """
    variables: dict[str, str] = {}
    for source in container.get("envFrom", []):
        prefix = source.get("prefix", "")
        contents = _all(source, store)
        variables |= {prefix + key: value.decode() for key, value in contents.items()}
    for entry in container.get("env", []):
        value = _value(entry, store)
        if value is not None:
            variables[entry["name"]] = value
    return variables


def _all(source: Mapping[str, Any], store: Store) -> Contents:
    match source:
        case {"secretRef": reference}:
            return store.secret(reference["name"], optional=reference.get("optional", False))
        case {"configMapRef": reference}:
            return store.config_map(reference["name"], optional=reference.get("optional", False))
    return {}


def _value(entry: Mapping[str, Any], store: Store) -> str | None:
    """The variable's value; None where an optional reference finds nothing."""
    match entry:
        case {"valueFrom": {"secretKeyRef": reference}}:
            kind, find = "Secret", store.secret
        case {"valueFrom": {"configMapKeyRef": reference}}:
            kind, find = "ConfigMap", store.config_map
        case _:
            return str(entry.get("value", ""))
    optional = reference.get("optional", False)
    contents = find(reference["name"], optional=optional)
    if reference["key"] in contents:
        return contents[reference["key"]].decode()
    if optional:
        return None
    raise CannotPlayError(
        f"environment variable {entry['name']}: {kind} {reference['name']}"
        f" has no key {reference['key']}"
    )
