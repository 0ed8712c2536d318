"""What the requests of watches tell of their listings."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from modelserver_operator.cluster.kinds import DEPLOYMENT, SERVICE
from modelserver_operator.controller.listings import Listing, tracing

BEGUN = Listing(SERVICE, None, ended=False)
ENDED = Listing(SERVICE, None, ended=True)


async def answer(request: web.Request) -> web.Response:
    return web.Response(status=int(request.query.get("answers", 200)))


@pytest.fixture
async def server() -> AsyncIterator[TestServer]:
    application = web.Application()
    application.router.add_get("/{path:.*}", answer)
    async with TestServer(application) as server:
        yield server


async def told(server: TestServer, *paths: str, namespaces: tuple[str, ...] = ()) -> list[Listing]:
    listings: list[Listing] = []
    trace = tracing((SERVICE, DEPLOYMENT), namespaces, listings.append)
    async with aiohttp.ClientSession(trace_configs=[trace]) as session:
        for path in paths:
            await session.get(server.make_url(path))
    return listings


async def test_a_list_and_the_watch_that_follows_it_are_told_apart(server: TestServer) -> None:
    paths = ("/api/v1/services?limit=500", "/api/v1/services?watch=true&resourceVersion=1")
    assert await told(server, *paths) == [BEGUN, ENDED]


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/api/v1/services?limit=500&continue=x", id="a further page"),
        pytest.param("/api/v1/services?answers=410", id="refused"),
        pytest.param("/api/v1/secrets", id="of no kind that is watched"),
    ],
)
async def test_what_begins_no_listing_is_not_told(server: TestServer, path: str) -> None:
    assert await told(server, path) == []


async def test_each_namespace_has_listings_of_its_own(server: TestServer) -> None:
    path = "/apis/apps/v1/namespaces/b/deployments"
    assert await told(server, path, namespaces=("a", "b")) == [
        Listing(DEPLOYMENT, "b", ended=False)
    ]
