"""Passes that observe as the operator does, pods that say what a test wants, and a model server."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from control_plane import ControlPlane, Kubectl, Refused, eventually
from control_plane.passes import Passes, passes
from modelserver_operator.cluster.api_server import ApiServer
from modelserver_operator.observing import Observer
from modelserver_operator.observing.http import Http
from modelserver_operator.render.names import REST_PORT

FINE = {"error_code": "OK", "error_message": "OK"}


@dataclass
class ModelServerStub:
    """A server in the place of those in pods; `models` is what it says of itself."""

    address: str
    models: dict[str, Any] = field(default_factory=dict)
    metrics: str = "ovms_streams 1\novms_request_time_us_sum 1\n"

    def serves(self, model: str, state: str = "AVAILABLE") -> None:
        version = {"version": "1", "state": state, "status": FINE, "execution_devices": ["CPU"]}
        self.models[model] = {"model_version_status": [version]}

    async def config(self, _request: web.Request) -> web.Response:
        return web.json_response(self.models)

    async def exposition(self, _request: web.Request) -> web.Response:
        return web.Response(text=self.metrics)


@pytest.fixture
async def model_server_stub() -> AsyncIterator[ModelServerStub]:
    """It listens where pods do, at a loopback address that other tests hardly take too."""
    chance = random.SystemRandom()
    stub = ModelServerStub(f"127.{chance.randint(1, 250)}.{chance.randint(0, 250)}.7")
    app = web.Application()
    app.router.add_get("/v1/config", stub.config)
    app.router.add_get("/metrics", stub.exposition)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, stub.address, REST_PORT).start()
    yield stub
    await runner.cleanup()


@dataclass
class PrometheusStub:
    """Prometheus as far as it is asked: what is scraped, and the ratios of pods."""

    url: str = ""
    ups: tuple[str, ...] = ()
    ratios: tuple[str, ...] = ()

    async def query(self, request: web.Request) -> web.Response:
        values = self.ups if request.query["query"].startswith("up{") else self.ratios
        result = [{"metric": {}, "value": [0, value]} for value in values]
        return web.json_response({"status": "success", "data": {"result": result}})


@pytest.fixture
async def prometheus_stub() -> AsyncIterator[PrometheusStub]:
    stub = PrometheusStub()
    app = web.Application()
    app.router.add_get("/api/v1/query", stub.query)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    stub.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield stub
    await runner.cleanup()


@pytest.fixture
async def reconcile(
    control_plane: ControlPlane, namespace: str, prometheus_stub: PrometheusStub
) -> AsyncIterator[Passes]:
    """`await reconcile()` makes one pass over the ModelServer `demo`, eyes open."""
    async with aiohttp.ClientSession() as session, passes(control_plane.admin, namespace) as made:

        def observing(cluster: ApiServer) -> Observer:
            return Observer(cluster, Http(session), prometheus_stub.url)

        yield Passes(made.client, made.namespace, made.settings, observing)


@dataclass
class Pods:
    """The pods of the namespace, whose kubelet is the test."""

    kubectl: Kubectl

    def names(self) -> list[str]:
        return [pod["metadata"]["name"] for pod in self.kubectl.list("pods")]

    def say(self, **status: object) -> None:
        """Give every pod this status, once there are some; those that leave meanwhile may."""
        patch = ("--subresource=status", "--type=merge", "-p", json.dumps({"status": status}))
        for name in eventually(self.names):
            with suppress(Refused):
                self.kubectl("patch", "pod", name, *patch)

    def run(self, address: str, *, ready: bool = True, since: timedelta = timedelta(0)) -> None:
        """Have them run at an address."""
        moment = (datetime.now(UTC) - since).strftime("%Y-%m-%dT%H:%M:%SZ")
        condition = {"type": "Ready", "status": str(ready), "lastTransitionTime": moment}
        self.say(phase="Running", podIP=address, podIPs=[{"ip": address}], conditions=[condition])

    def wait(self, reason: str, message: str) -> None:
        """Have their container wait for something."""
        waiting = {"waiting": {"reason": reason, "message": message}}
        container = {"name": "ovms", "image": "", "imageID": "", "ready": False, "restartCount": 0}
        self.say(containerStatuses=[{**container, "state": waiting}])


@pytest.fixture
def pods(kubectl: Kubectl) -> Pods:
    return Pods(kubectl)


Condition = Callable[[str], dict[str, Any]]


@pytest.fixture
def condition(kubectl: Kubectl) -> Condition:
    """A condition of the ModelServer `demo`, as the API server has it."""

    def read(kind: str) -> dict[str, Any]:
        found = kubectl.get("modelserver", "demo")["status"]["conditions"]
        return {one["type"]: one for one in found}[kind]

    return read
