"""The least that has to be written for a status to become another one."""

from collections.abc import Mapping
from typing import Any


def merge_patch(previous: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON merge patch (RFC 7396) from one status to another; empty where they are the same.

    Fields that are no longer wanted go: the operator before this one left the manifests it had
    rendered in there, credentials included.
    """
    gone = dict.fromkeys(previous.keys() - wanted.keys())
    changed = {key: value for key, value in wanted.items() if previous.get(key) != value}
    return {**gone, **{key: _replacing(previous.get(key), value) for key, value in changed.items()}}


def _replacing(previous: object, value: object) -> object:
    """Objects are merged by the API server, all else is replaced."""
    if isinstance(previous, Mapping) and isinstance(value, Mapping):
        return merge_patch(previous, value)
    return value
