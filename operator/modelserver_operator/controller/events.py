"""Whom an event concerns: from what a watch shows to the keys of ModelServers to look at."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from modelserver_operator.api.modelserver import GROUP, KIND
from modelserver_operator.controller.keys import Key
from modelserver_operator.controller.known import Known, Raw


class Event(NamedTuple):
    """One line of a watch. `type` is None for what was there already when watching began."""

    type: str | None
    object: Raw


@dataclass(frozen=True, slots=True)
class Wish:
    """A pass to make; `urgent` where a user or another program did something."""

    key: Key
    urgent: bool


def wishes(event: Event, known: Known) -> Iterator[Wish]:
    """The passes that an event calls for. ModelServers and autoscalers are noted in `known`."""
    if _is_model_server(event.object):
        key = _key(event.object, event.object["metadata"]["name"])
        if known.note(key, None if event.type == "DELETED" else event.object):
            yield Wish(key, urgent=event.type is not None)
        return
    _note_scaler(event, known)
    for key in {*_owners(event.object), *_targets(event.object, known), *_users(event, known)}:
        yield Wish(key, urgent=event.type == "DELETED" or event.object.get("kind") == "ConfigMap")


def _note_scaler(event: Event, known: Known) -> None:
    match event.object.get("spec"):
        case {"scaleTargetRef": {"name": str(name)} as target} if _is_model_server(target):
            key = _key(event.object, name)
            known.note_scaler(key, event.object, deleted=event.type == "DELETED")


def _is_model_server(thing: Raw) -> bool:
    return thing.get("kind") == KIND and _group(thing) == GROUP


def _owners(thing: Raw) -> Iterator[Key]:
    for owner in thing["metadata"].get("ownerReferences") or ():
        if _is_model_server(owner):
            yield _key(thing, owner["name"])


def _targets(thing: Raw, known: Known) -> Iterator[Key]:
    """Whom an autoscaler scales, directly or by its Deployment, and whom a monitor scrapes."""
    match thing.get("kind"), thing.get("spec"):
        case _, {"scaleTargetRef": {"name": str(name)} as target}:
            if _is_model_server(target):
                yield _key(thing, name)
            else:
                yield from known.called(name, frozenset({thing["metadata"]["namespace"]}))
        case "ServiceMonitor", {"selector": {"matchLabels": {"app": str(app)}}}:
            yield from known.called(app, _namespaces(thing))


def _namespaces(monitor: Raw) -> frozenset[str] | None:
    match monitor["spec"].get("namespaceSelector"):
        case {"any": True}:
            return None
        case {"matchNames": [_, *_] as names}:
            return frozenset(names)
    return frozenset({monitor["metadata"]["namespace"]})


def _users(event: Event, known: Known) -> Iterator[Key]:
    """Who names a ConfigMap. Those that were there already are read by everyone's first pass."""
    if event.object.get("kind") == "ConfigMap" and event.type is not None:
        metadata = event.object["metadata"]
        yield from known.users_of(metadata["namespace"], metadata["name"])


def _key(thing: Raw, name: str) -> Key:
    return Key(thing["metadata"]["namespace"], name)


def _group(thing: Raw) -> str:
    return str(thing.get("apiVersion", "")).rpartition("/")[0]
