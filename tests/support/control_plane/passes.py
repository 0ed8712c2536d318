"""Passes that a test makes itself, one by one, against a real API server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from kubernetes.aio import config
from kubernetes.aio.client import ApiClient, Configuration

from modelserver_operator.cluster.api_server import ApiServer
from modelserver_operator.cluster.transport import Call
from modelserver_operator.controller.watched import WATCHED
from modelserver_operator.reconcile import Outcome, Reconciler
from modelserver_operator.reconcile.reconciler import Observer
from modelserver_operator.render import Settings
from modelserver_operator.status import Expected, Observed, PassFacts

Manifest = dict[str, Any]


class Unseeing:
    """Observes nothing beside what the pass itself has found."""

    async def observe(
        self, metadata: Mapping[str, Any], expected: Expected | None, facts: PassFacts
    ) -> Observed:
        """The facts of the pass, and no more."""
        return Observed(facts, expected)


Observing = Callable[[ApiServer], Observer]


@dataclass
class Passes:
    """An operator without a queue. `calls` are those of its last pass."""

    client: ApiClient
    namespace: str
    settings: Settings = field(default_factory=Settings)
    observing: Observing = lambda _: Unseeing()
    later: float = 0
    calls: list[Call] = field(default_factory=list)

    def __post_init__(self) -> None:
        """A reconciler that has seen nothing yet."""
        cluster = ApiServer(self.client, self.calls.append)
        observer = self.observing(cluster)
        self._reconciler = Reconciler(cluster, self.settings, observer, self._now)

    def _now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.later)

    async def __call__(self, name: str = "demo") -> Outcome:
        """One pass."""
        self.calls.clear()
        return await self._reconciler.reconcile(self.namespace, name)

    def watching(self) -> None:
        """From here on its own writes are remembered, as if watches had shown them."""
        self._reconciler.begin(frozenset(watched.kind for watched in WATCHED), frozenset())
        for watched in WATCHED:
            self._reconciler.listed(watched.kind, None)

    def restarted(self, settings: Settings | None = None, later: float = 0) -> Passes:
        """Another process of the operator, perhaps of a newer release or some seconds later."""
        settings = settings or self.settings
        return Passes(self.client, self.namespace, settings, self.observing, later)

    @property
    def writes(self) -> list[str]:
        """What the last pass wrote, such as `patch deployments`."""
        return [
            f"{call.request.verb} {call.request.kind.plural}"
            for call in self.calls
            if call.request.kind and call.request.verb in {"create", "patch", "delete"}
        ]


@asynccontextmanager
async def connected_as(kubeconfig: Path) -> AsyncIterator[ApiClient]:
    """A client as the user of a kubeconfig."""
    configuration = Configuration()
    await config.load_kube_config(str(kubeconfig), client_configuration=configuration)
    async with ApiClient(configuration) as client:
        yield client


@asynccontextmanager
async def passes(kubeconfig: Path, namespace: str) -> AsyncIterator[Passes]:
    """Passes as the user of a kubeconfig."""
    async with connected_as(kubeconfig) as client:
        yield Passes(client, namespace)


def model_server(name: str = "demo", **spec: object) -> Manifest:
    """A ModelServer with a model; blocks of the spec as keywords."""
    model = {"model_name": "m", "model_path": "/models/m"}
    return {
        "apiVersion": "intel.com/v1alpha1",
        "kind": "ModelServer",
        "metadata": {"name": name},
        "spec": {"models_settings": model, **spec},
    }
