"""Watches count as begun when they have listed what there is, and not before."""

import asyncio
import threading
from collections.abc import Callable, Collection
from typing import Any, cast

import pytest

from modelserver_operator.cluster import Kind
from modelserver_operator.cluster.kinds import MODEL_SERVER, SERVICE
from modelserver_operator.controller import watching
from modelserver_operator.controller.listings import Listing
from modelserver_operator.controller.watched import Watched
from modelserver_operator.controller.watching import Watching

WANTED = (Watched(MODEL_SERVER), Watched(SERVICE))


class Generous:
    """A cluster that has and grants everything."""

    async def may(self, *_: object) -> bool:
        return True

    async def served(self, _: Kind) -> bool:
        return True


@pytest.fixture
def beginnings(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Kind, ...]]:
    """What watches list, each time that they begin; in the end nothing more."""
    lists: list[tuple[Kind, ...]] = []

    def run_watches(
        _plan: object,
        _namespaces: Collection[str],
        deliver: Callable[[Listing], None],
        stop: threading.Event,
    ) -> None:
        for kind in lists.pop(0) if lists else ():
            deliver(Listing(kind, None, ended=False))
        stop.wait()

    monkeypatch.setattr(watching, "run_watches", run_watches)
    monkeypatch.setattr(watching, "_LOOK_SECONDS", 0.1)
    return lists


async def until(condition: Callable[[], bool], watches: Watching) -> None:
    running = asyncio.create_task(watches.run())
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def made(begun: Callable[..., None] = lambda *_: None) -> Watching:
    cluster = cast("Any", Generous())
    return Watching(cluster, WANTED, (), lambda _: None, begun, lambda: 0.0)


async def test_they_are_ready_once_model_servers_are_listed(
    beginnings: list[tuple[Kind, ...]],
) -> None:
    beginnings.append((SERVICE, MODEL_SERVER))
    watches = made()
    assert not watches.ready
    await until(lambda: watches.ready, watches)


async def test_a_kind_that_kopf_has_left_out_has_them_begun_anew(
    beginnings: list[tuple[Kind, ...]],
) -> None:
    beginnings += [(MODEL_SERVER,), (MODEL_SERVER, SERVICE)]
    begun: list[object] = []
    await until(lambda: len(begun) == 2, made(lambda *kinds: begun.append(kinds)))
