import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from modelserver_operator.cluster import Forbidden, Kind, NotServed, Unreachable
from modelserver_operator.cluster.kinds import AUTOSCALER, SCALED_OBJECT, SERVICE_MONITOR
from modelserver_operator.reconcile.neighbours import Neighbours

WATCHED = frozenset({AUTOSCALER, SCALED_OBJECT, SERVICE_MONITOR})
SERVICE: dict[str, Any] = {
    "metadata": {"namespace": "a", "labels": {"app": "demo-ovms"}},
    "spec": {"ports": [{"name": "rest", "port": 8081, "targetPort": 8081}]},
}


class Listed:
    """A cluster that can only be listed; an error in the place of objects is raised once."""

    def __init__(self, **found: list[dict[str, Any]] | Exception) -> None:
        self.found = found
        self.asked: list[tuple[str, str | None]] = []

    async def list_objects(
        self, kind: Kind, namespace: str | None, labels: Mapping[str, str] | None = None
    ) -> list[dict[str, Any]]:
        self.asked.append((kind.kind, namespace))
        await asyncio.sleep(0)
        found = self.found.get(kind.kind, [])
        if isinstance(found, Exception):
            self.found[kind.kind] = []
            raise found
        return found


def autoscaler(name: str = "mine", server: str = "demo", version: int = 1) -> dict[str, Any]:
    target = {"apiVersion": "intel.com/v1alpha1", "kind": "ModelServer", "name": server}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"namespace": "a", "name": name, "resourceVersion": str(version)},
        "spec": {"scaleTargetRef": target, "maxReplicas": 3},
    }


def monitor(app: str | None) -> dict[str, Any]:
    selector = {"matchLabels": {"app": app}} if app else {}
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "ServiceMonitor",
        "metadata": {"namespace": "a", "name": f"for-{app}", "resourceVersion": "1"},
        "spec": {"selector": selector, "endpoints": [{"port": "rest"}]},
    }


async def names(neighbours: Neighbours, server: str = "demo") -> list[str]:
    found = await neighbours.autoscalers("a", server, f"{server}-ovms")
    return [one["metadata"]["name"] for one in found]


def made(cluster: Any, *, watched: bool = True) -> Neighbours:  # noqa: ANN401
    neighbours = Neighbours(cluster, ())
    if watched:
        neighbours.begin(WATCHED)
    return neighbours


async def test_a_watched_kind_is_listed_once_however_many_passes_ask_for_it() -> None:
    cluster = Listed(HorizontalPodAutoscaler=[autoscaler()])
    neighbours = made(cluster)
    found = await asyncio.gather(*(names(neighbours) for _ in range(5)))
    assert found == [["mine"]] * 5
    assert cluster.asked.count(("HorizontalPodAutoscaler", None)) == 1


async def test_a_kind_that_nobody_watches_is_listed_by_each_pass_in_its_namespace() -> None:
    cluster = Listed(HorizontalPodAutoscaler=[autoscaler()])
    neighbours = made(cluster, watched=False)
    assert await names(neighbours) == await names(neighbours) == ["mine"]
    assert cluster.asked.count(("HorizontalPodAutoscaler", "a")) == 2


async def test_what_a_watch_shows_changes_what_is_found() -> None:
    neighbours = made(Listed(HorizontalPodAutoscaler=[autoscaler()]))
    await names(neighbours)
    neighbours.see("ADDED", autoscaler("another", version=2))
    assert sorted(await names(neighbours)) == ["another", "mine"]
    neighbours.see("MODIFIED", autoscaler("another", server="other", version=3))
    neighbours.see("DELETED", autoscaler("mine", version=4))
    assert await names(neighbours) == []
    assert await names(neighbours, "other") == ["another"]


async def test_what_is_deleted_while_it_is_listed_does_not_come_back() -> None:
    neighbours = made(Listed(HorizontalPodAutoscaler=[autoscaler(version=1)]))
    asking = asyncio.create_task(names(neighbours))
    await asyncio.sleep(0)
    neighbours.see("DELETED", autoscaler(version=2))
    assert await asking == []


async def test_a_listing_that_failed_is_made_again() -> None:
    neighbours = made(Listed(HorizontalPodAutoscaler=Unreachable("not now")))
    with pytest.raises(Unreachable):
        await names(neighbours)
    assert await names(neighbours) == []


@pytest.mark.parametrize("error", [NotServed("no such kind"), Forbidden("no such right")])
async def test_without_the_kind_or_the_right_there_are_none(error: Exception) -> None:
    assert await names(made(Listed(HorizontalPodAutoscaler=error))) == []


async def test_a_watch_that_lists_again_has_the_kind_listed_again() -> None:
    cluster = Listed(HorizontalPodAutoscaler=[autoscaler()])
    neighbours = made(cluster)
    await names(neighbours)
    cluster.found["HorizontalPodAutoscaler"] = []
    neighbours.relist(AUTOSCALER)
    assert await names(neighbours) == []


async def test_monitors_of_any_app_are_found_beside_those_of_ours() -> None:
    neighbours = made(
        Listed(ServiceMonitor=[monitor("demo-ovms"), monitor("other"), monitor(None)])
    )
    found = await neighbours.monitors(SERVICE)
    assert [one["metadata"]["name"] for one in found] == ["for-demo-ovms", "for-None"]
