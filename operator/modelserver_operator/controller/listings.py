"""When a watch lists all there is, and when it has: as it begins, and after it came too late.

What was deleted in between stands in no list, and nothing is shown of a list that is empty. kopf
keeps both to itself, so the requests are told apart on their way.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from types import SimpleNamespace
from typing import NamedTuple

import aiohttp
from yarl import URL

from modelserver_operator.cluster import Kind

_OK = 200


class Listing(NamedTuple):
    """All objects of a kind are about to be shown, or, where it has `ended`, were shown by now.

    A watch that only goes on where it was is told as an end as well. `namespace` is None where it
    is about all of them.
    """

    kind: Kind
    namespace: str | None
    ended: bool


def tracing(
    kinds: Iterable[Kind], namespaces: Collection[str], tell: Callable[[Listing], None]
) -> aiohttp.TraceConfig:
    """Has a session tell of the listings of these kinds in these namespaces; in all if empty."""
    places = {
        kind.path(namespace): (kind, namespace)
        for kind in kinds
        for namespace in namespaces or (None,)
    }

    async def answered(
        _session: aiohttp.ClientSession,
        _context: SimpleNamespace,
        answer: aiohttp.TraceRequestEndParams,
    ) -> None:
        if answer.response.status == _OK and (listing := _listing(places, answer.url)):
            tell(listing)

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(answered)
    return trace


def _listing(places: Mapping[str, tuple[Kind, str | None]], url: URL) -> Listing | None:
    place = places.get(url.path)
    if place is None or "continue" in url.query:
        return None
    return Listing(*place, ended="watch" in url.query)
