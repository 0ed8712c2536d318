"""Children as the watches last showed them, so that a pass need not read them again.

Only kinds that are watched are remembered, and only objects that carry our label, since no others
are shown. They are kept as text, which takes a tenth of the memory that the parsed objects take.
"""

import json

from modelserver_operator.cluster import Kind, kind_of
from modelserver_operator.cluster.port import Manifest
from modelserver_operator.reconcile.relisting import Relisting
from modelserver_operator.render.manifest import MANAGED_BY

_Place = tuple[str, str]


class Recollection:
    """What is remembered; nothing, until watches feed it."""

    def __init__(self) -> None:
        self._objects = dict[Kind, dict[_Place, tuple[int, bytes]]]()
        self._relisting = Relisting()

    def begin(self, watched: frozenset[Kind]) -> None:
        """Watches of these kinds begin, or begin anew: what was known may have gone meanwhile."""
        self._objects = {kind: {} for kind in watched}

    def covers(self, kind: Kind) -> bool:
        """Whether what is not remembered of a kind is not there."""
        return kind in self._objects

    def see(self, event: str | None, thing: Manifest) -> None:
        """Take note of a line of a watch; `event` is None for what was there when it began."""
        kind = kind_of(thing)
        if kind not in self._objects:
            return
        known = self._objects[kind]
        if event is None and self._relisting.begins(kind, known=_place(thing) in known):
            known.clear()
        if event == "DELETED":
            known.pop(_place(thing), None)
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
