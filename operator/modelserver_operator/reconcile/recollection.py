"""Children as the watches last showed them, so that a pass need not read them again.

Only kinds that are watched are remembered, and only objects that carry our label, since no others
are shown. They are kept as text, which takes a tenth of the memory that the parsed objects take.
"""

import json

from modelserver_operator.cluster import Kind, kind_of
from modelserver_operator.cluster.port import Manifest
from modelserver_operator.render.manifest import MANAGED_BY

_Place = tuple[str, str]


class Recollection:
    """What is remembered; nothing, until watches feed it."""

    def __init__(self) -> None:
        self._objects = dict[Kind, dict[_Place, tuple[int, bytes]]]()
        self._listed = set[tuple[Kind, str | None]]()

    def begin(self, watched: frozenset[Kind]) -> None:
        """Watches of these kinds begin, or begin anew: what was known may have gone meanwhile."""
        self._objects = {kind: {} for kind in watched}
        self._listed.clear()

    def relist(self, kind: Kind, namespace: str | None) -> None:
        """All objects of a kind are about to be shown anew, in a namespace or in all of them."""
        self._listed.discard((kind, namespace))
        known = self._objects.get(kind, {})
        for place in [place for place in known if namespace in (None, place[0])]:
            del known[place]

    def listed(self, kind: Kind, namespace: str | None) -> None:
        """They have been shown."""
        self._listed.add((kind, namespace))

    def covers(self, kind: Kind, namespace: str) -> bool:
        """Whether what is not remembered of a kind is not there."""
        return not self._listed.isdisjoint({(kind, None), (kind, namespace)})

    def see(self, event: str | None, thing: Manifest) -> None:
        """Take note of a line of a watch; `event` is None for what was there when it began."""
        kind = kind_of(thing)
        if kind not in self._objects:
            return
        if event == "DELETED":
            self._objects[kind].pop(_place(thing), None)
        else:
            self.keep(thing)

    def keep(self, thing: Manifest) -> None:
        """Remember an object, unless a newer state of it is known."""
        kind, metadata = kind_of(thing), thing["metadata"]
        known, version = self._objects.get(kind), int(metadata["resourceVersion"])
        if known is None or not MANAGED_BY.items() <= metadata.get("labels", {}).items():
            return
        if version >= known.get(_place(thing), (0, b""))[0]:
            known[_place(thing)] = (version, json.dumps(thing).encode())

    def recall(self, kind: Kind, namespace: str, name: str) -> Manifest | None:
        """The object, if it is remembered."""
        found = self._objects.get(kind, {}).get((namespace, name))
        if found is None:
            return None
        thing: Manifest = json.loads(found[1])
        return thing


def _place(thing: Manifest) -> _Place:
    return thing["metadata"]["namespace"], thing["metadata"]["name"]
