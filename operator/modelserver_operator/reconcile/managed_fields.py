"""Who owns which field of an object, as the API server keeps it in `metadata.managedFields`.

A field set is a tree (`fieldsV1`): `f:NAME` is a field, `k:{…}` the item of a list that has these
keys, `v:VALUE` an item that is its own key, and `.` the node itself.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from typing import Any

from modelserver_operator.cluster.port import FIELD_MANAGER, Manifest

OLD_MANAGERS = frozenset({"openvino-operator", "helm", "helm-operator"})
"""Under these names the operator before this one, which runs Helm, has written its objects."""

Fields = Mapping[str, Any]


def entries(live: Manifest) -> list[Manifest]:
    """The object's `managedFields`."""
    found: list[Manifest] = live["metadata"].get("managedFields", [])
    return found


def owners(live: Manifest, *path: str) -> list[Manifest]:
    """The entries of those who own the field, such as `owners(live, "spec", "replicas")`."""
    return [entry for entry in entries(live) if _has(entry.get("fieldsV1", {}), path)]


def _has(fields: Fields, path: Iterable[str]) -> bool:
    for step in path:
        if f"f:{step}" not in fields:
            return False
        fields = fields[f"f:{step}"]
    return True


def applied_fields(live: Manifest) -> Fields:
    """The fields that our applies own; empty where we never applied."""
    found: Iterator[Fields] = (entry["fieldsV1"] for entry in entries(live) if _is_ours(entry))
    return next(found, {})


def _is_ours(entry: Manifest) -> bool:
    return (entry["manager"], entry["operation"]) == (FIELD_MANAGER, "Apply")


def old_entries(live: Manifest) -> list[Manifest]:
    """What the operator before this one has written; its status writes are none of these."""
    return [
        entry
        for entry in entries(live)
        if entry["manager"] in OLD_MANAGERS
        and entry["operation"] == "Update"
        and not entry.get("subresource")
    ]


def lost(manifest: Manifest, live: Manifest) -> tuple[str, ...]:
    """The fields of `manifest`, once applied, that are not ours any more.

    Whoever changes or removes a field takes it from its owner, so that a field which is still ours
    has the value that we gave it, however the API server spells it.
    """
    content = {
        **_without(manifest, "apiVersion", "kind"),
        "metadata": _without(manifest["metadata"], "name", "namespace", "uid"),
    }
    fields = applied_fields(live)
    return tuple(
        path
        for key, value in content.items()
        if value
        for path in _missing_below(fields.get(f"f:{key}"), value, key)
    )


def _without(block: Manifest, *names: str) -> Manifest:
    return {key: value for key, value in block.items() if key not in names}


def _missing(fields: Fields, value: object, path: str) -> Iterator[str]:
    match value:
        case dict() if fields:
            for key, child in value.items():
                yield from _missing_below(fields.get(f"f:{key}"), child, f"{path}.{key}")
        case list() if fields:
            for index, item in enumerate(value):
                yield from _missing_below(_item(fields, item), item, f"{path}[{index}]")


def _missing_below(fields: Fields | None, value: object, path: str) -> Iterator[str]:
    if fields is None:
        yield path
    else:
        yield from _missing(fields, value, path)


def _item(fields: Fields, item: object) -> Fields | None:
    """The part of a list's field set that speaks of this item."""
    if not isinstance(item, dict):
        return fields.get(f"v:{json.dumps(item)}")
    for name, below in fields.items():
        if name.startswith("k:") and _is_key_of(json.loads(name[2:]), item):
            found: Fields = below
            return found
    return None


def _is_key_of(key: Mapping[str, object], item: Mapping[str, object]) -> bool:
    """Whether the key is this item's; the API server fills in a port's protocol."""
    return all(item.get(name, value) == value for name, value in key.items())


def taken_over(live: Manifest) -> list[Manifest]:
    """The object's `managedFields` with what the old operator owns made ours.

    Else what we do not render would stay for ever, and break updates: a port that has changed
    would stand beside the one that it was.
    """
    old = old_entries(live)
    ours = [entry for entry in entries(live) if _is_ours(entry)]
    others = [entry for entry in entries(live) if entry not in old and entry not in ours]
    fields = reduce(_union, (entry["fieldsV1"] for entry in (*ours, *old)))
    merged = {
        **(ours or old)[0],
        "manager": FIELD_MANAGER,
        "operation": "Apply",
        "fieldsV1": fields,
    }
    return [*others, merged]


def _union(one: Fields, other: Fields) -> dict[str, Any]:
    """All members of both sets. A leaf is a member; as a branch it is one by its `.`."""
    if not one or not other:
        both: dict[str, Any] = {**one, **other}
        return {".": {}, **both} if both else both
    shared = {key: _union(one[key], other[key]) for key in one.keys() & other.keys()}
    return {**one, **other, **shared}
