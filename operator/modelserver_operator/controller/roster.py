"""What the watches have shown, to miss what another listing does not show any more.

Of an object it keeps as little as it takes to tell whom its end concerns.
"""

from collections.abc import Iterator

from modelserver_operator.cluster import Kind, kind_of
from modelserver_operator.cluster.kinds import AUTOSCALER, SCALED_OBJECT, SERVICE_MONITOR
from modelserver_operator.controller.events import Event
from modelserver_operator.controller.known import Raw

_Place = tuple[str, str]

_POINTING = (AUTOSCALER, SCALED_OBJECT, SERVICE_MONITOR)
"""Their specs say whom they concern; others are told by their names and owners."""


class Roster:
    """The objects that are there, as far as is known."""

    def __init__(self) -> None:
        self._shown = dict[Kind, dict[_Place, Raw]]()
        self._doubted = dict[Kind, dict[_Place, Raw]]()

    def note(self, event: Event) -> None:
        """Take note of a line of a watch."""
        kind, place = kind_of(event.object), _place(event.object)
        self._doubted.get(kind, {}).pop(place, None)
        shown = self._shown.setdefault(kind, {})
        if event.type == "DELETED":
            shown.pop(place, None)
        else:
            shown[place] = _outline(kind, event.object)

    def doubt(self, kind: Kind, namespace: str | None) -> None:
        """They are listed anew; what is there will be shown again."""
        shown = self._shown.get(kind, {})
        places = [place for place in shown if namespace in (None, place[0])]
        self._doubted.setdefault(kind, {}).update({place: shown.pop(place) for place in places})

    def missed(self, kind: Kind, namespace: str | None) -> Iterator[Event]:
        """They were listed; what was not shown has been deleted, which is told now."""
        doubted = self._doubted.get(kind, {})
        for place in [place for place in doubted if namespace in (None, place[0])]:
            yield Event("DELETED", doubted.pop(place))


def _place(thing: Raw) -> _Place:
    return thing["metadata"]["namespace"], thing["metadata"]["name"]


def _outline(kind: Kind, thing: Raw) -> Raw:
    kept = ("namespace", "name", "uid", "ownerReferences")
    metadata = {key: thing["metadata"][key] for key in kept if key in thing["metadata"]}
    outline = {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": metadata}
    return {**outline, "spec": thing.get("spec")} if kind in _POINTING else outline
