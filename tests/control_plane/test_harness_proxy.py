"""That the proxy between a client and the API server does what a test says, and no more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from control_plane import ControlPlane, Kubectl
from control_plane.proxy import Call, Fault, FaultProxy


@pytest.fixture
def proxy(control_plane: ControlPlane) -> Iterator[FaultProxy]:
    with FaultProxy(control_plane) as proxy:
        yield proxy


@pytest.fixture
def client(proxy: FaultProxy, kubectl: Kubectl) -> Iterator[httpx.Client]:
    """A client of the proxy who may read the test's namespace, and is soon out of patience."""
    kubectl("create", "serviceaccount", "reader")
    account = f"--serviceaccount={kubectl.namespace}:reader"
    kubectl("create", "rolebinding", "reader", "--clusterrole=view", account)
    token = kubectl("create", "token", "reader").strip()
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=proxy.url, headers=headers, timeout=2) as client:
        yield client


@contextmanager
def watch(client: httpx.Client, path: str) -> Iterator[Iterator[dict[str, Any]]]:
    """The events of a watch."""
    with client.stream("GET", path, params={"watch": "true"}) as answer:
        yield map(json.loads, answer.iter_lines())


@pytest.fixture
def config_maps(kubectl: Kubectl) -> str:
    """The path of the namespace's config maps, of which there is at least one."""
    kubectl("create", "configmap", "first")
    return f"/api/v1/namespaces/{kubectl.namespace}/configmaps"


def test_a_call_is_answered_as_planned_and_the_rest_passed_on(
    proxy: FaultProxy, client: httpx.Client, config_maps: str
) -> None:
    def refuse_config_maps(call: Call) -> Fault | None:
        return Fault(code=429, headers={"Retry-After": "1"}) if call.path == config_maps else None

    proxy.plan = refuse_config_maps
    refused = client.get(config_maps)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
    assert client.get("/version").json()["major"] == "1"
    assert [call.path for call in proxy.calls] == [config_maps, "/version"]


def test_a_dropped_call_has_no_answer(proxy: FaultProxy, client: httpx.Client) -> None:
    proxy.plan = lambda _: Fault(drops=True)
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/version")


def test_a_watch_that_is_cut_ends(
    proxy: FaultProxy, client: httpx.Client, config_maps: str
) -> None:
    with watch(client, config_maps) as events:
        assert next(events)["type"] == "ADDED"
        proxy.cut_watches()
        assert all(event["type"] == "ADDED" for event in events)


def test_a_watch_that_expires_says_so_last(
    proxy: FaultProxy, client: httpx.Client, config_maps: str
) -> None:
    with watch(client, config_maps) as events:
        next(events)
        proxy.expire_watches()
        assert [*events][-1]["object"]["code"] == 410


def test_a_silenced_watch_tells_nothing_and_stays_open(
    proxy: FaultProxy, client: httpx.Client, config_maps: str, kubectl: Kubectl
) -> None:
    with watch(client, config_maps) as events:
        next(events)
        proxy.silence_watches()
        kubectl("create", "configmap", "unheard")
        with pytest.raises(httpx.ReadTimeout):
            assert [event["object"]["metadata"]["name"] for event in events] == []
