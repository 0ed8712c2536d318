"""The autoscalers and ServiceMonitors around ModelServers, whoever made them.

They name their targets, not the other way round, so that all of a kind have to be looked through.
A kind that is watched is listed once and then kept up to date; any other is listed by each pass.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress

from modelserver_operator.cluster import Cluster, Forbidden, Kind, NotServed, kind_of
from modelserver_operator.cluster.kinds import AUTOSCALER, SCALED_OBJECT, SERVICE_MONITOR
from modelserver_operator.cluster.port import Manifest
from modelserver_operator.reconcile.autoscalers import targets
from modelserver_operator.reconcile.monitors import scrapes

_Place = tuple[str, str]


class Shelf:
    """Objects of a kind, found by a name that they point at."""

    def __init__(self) -> None:
        self._things = dict[_Place, Manifest]()
        self._versions = dict[_Place, int]()
        self._pointing = defaultdict[str, set[_Place]](set)

    def put(self, thing: Manifest) -> None:
        """Add or replace an object, unless a newer state of it is known."""
        if self._is_news(thing):
            # who wrote it is not of interest here
            own = {key: value for key, value in thing["metadata"].items() if key != "managedFields"}
            self._things[_place(thing)] = {**thing, "metadata": own}
            self._pointing[_points_at(thing)].add(_place(thing))

    def drop(self, thing: Manifest) -> None:
        """Remove an object; a listing that was begun before cannot bring it back."""
        self._is_news(thing)

    def find(self, *names: str) -> Iterator[Manifest]:
        """Those that point at one of the names."""
        for name in dict.fromkeys(names):
            yield from (self._things[place] for place in self._pointing.get(name, ()))

    def _is_news(self, thing: Manifest) -> bool:
        """Whether it is not older than what is known, which then is taken away."""
        place, version = _place(thing), int(thing["metadata"]["resourceVersion"])
        if version < self._versions.get(place, 0):
            return False
        self._versions[place] = version
        known = self._things.pop(place, None)
        if known is not None:
            self._pointing[_points_at(known)].discard(place)
        return True


def _place(thing: Manifest) -> _Place:
    return thing["metadata"]["namespace"], thing["metadata"]["name"]


def _points_at(thing: Manifest) -> str:
    """The name that an autoscaler scales; the `app` that a monitor selects, empty for any."""
    match thing["spec"]:
        case {"scaleTargetRef": {"name": str(name)}} | {"selector": {"matchLabels": {"app": name}}}:
            return str(name)
    return ""


class Neighbours:
    """What was found; of a kind that is not installed, or may not be read, nothing is.

    Args:
        cluster: is asked.
        namespaces: where ModelServers are looked after; everywhere if empty.
    """

    def __init__(self, cluster: Cluster, namespaces: tuple[str, ...]) -> None:
        self._cluster = cluster
        self._places: tuple[str | None, ...] = namespaces or (None,)
        self._watched = frozenset[Kind]()
        self._shelves = dict[Kind, Shelf]()
        self._listings = dict[Kind, asyncio.Task[Shelf]]()

    def begin(self, watched: frozenset[Kind]) -> None:
        """Watches of these kinds begin, or begin anew: what was known may be outdated."""
        self._watched = watched
        self._shelves, self._listings = {}, {}

    def relist(self, kind: Kind) -> None:
        """The watch of a kind lists it anew, and so will the next pass that asks."""
        self._shelves.pop(kind, None)
        self._listings.pop(kind, None)

    def see(self, event: str | None, thing: Manifest) -> None:
        """Take note of a line of a watch; `event` is None for what was there when it began."""
        kind = kind_of(thing)
        shelf = self._shelves.get(kind)
        if shelf is None:
            return
        if event == "DELETED":
            shelf.drop(thing)
        else:
            shelf.put(thing)

    async def autoscalers(self, namespace: str, server: str, deployment: str) -> list[Manifest]:
        """Those that scale the ModelServer or the Deployment of these names."""
        shelves = [await self._shelf(kind, namespace) for kind in (AUTOSCALER, SCALED_OBJECT)]
        return [
            one
            for shelf in shelves
            for one in shelf.find(server, deployment)
            if one["metadata"]["namespace"] == namespace and targets(one, server, deployment)
        ]

    async def monitors(self, service: Manifest) -> list[Manifest]:
        """The ServiceMonitors that have the Service scraped."""
        metadata = service["metadata"]
        shelf = await self._shelf(SERVICE_MONITOR, metadata["namespace"])
        return [one for one in shelf.find(metadata["labels"]["app"], "") if scrapes(one, service)]

    async def _shelf(self, kind: Kind, namespace: str) -> Shelf:
        if kind not in self._watched:
            return await self._fill(Shelf(), kind, (namespace,))
        listing = self._listings.get(kind)
        if listing is None or _failed(listing):
            # events are taken in from here on, so that none is missed while the kind is listed
            shelf = self._shelves[kind] = Shelf()
            listing = asyncio.create_task(self._fill(shelf, kind, self._places))
            self._listings[kind] = listing
        # passes that come meanwhile wait for it, and none of them can end it for the others
        return await asyncio.shield(listing)

    async def _fill(self, shelf: Shelf, kind: Kind, places: tuple[str | None, ...]) -> Shelf:
        with suppress(NotServed, Forbidden):
            for place in places:
                for thing in await self._cluster.list_objects(kind, place):
                    shelf.put(thing)
        return shelf


def _failed(listing: asyncio.Task[Shelf]) -> bool:
    return listing.done() and (listing.cancelled() or listing.exception() is not None)
