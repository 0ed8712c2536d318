"""The pods of a Deployment: what the API server knows, and what their servers say."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from modelserver_operator.cluster import Cluster, Forbidden
from modelserver_operator.cluster.kinds import EVENT, POD, REPLICA_SET
from modelserver_operator.observing.http import Unanswered, Web
from modelserver_operator.observing.memory import Memory
from modelserver_operator.observing.servers import address, served_versions
from modelserver_operator.observing.workload import (
    TEMPLATE_HASH,
    current_hash,
    is_alive,
    is_rolled_out,
    is_seen,
    read_pod,
)
from modelserver_operator.status.observed import Pod, Said, ServedVersion

Manifest = Mapping[str, Any]

_FRESH_SECONDS = 5.0
_MOST_ASKED = 100
_MOST_EXPLAINED = 3


class Pods:
    """Reads pods, asking the server of each at most once in a few seconds."""

    def __init__(self, cluster: Cluster, web: Web) -> None:
        self._cluster = cluster
        self._web = web
        self._answers = Memory[object, tuple[ServedVersion, ...] | Unanswered](_FRESH_SECONDS)
        self._events = Memory[str, tuple[Said, ...]](_FRESH_SECONDS)

    async def manifests(self, deployment: Manifest) -> list[Manifest]:
        """The pods that are there to stay, as the API server has them."""
        if not is_seen(deployment):
            return []
        found = await self._cluster.list_objects(POD, *_home(deployment))
        return list(filter(is_alive, found))

    async def read(self, deployment: Manifest, manifests: Sequence[Manifest]) -> tuple[Pod, ...]:
        """The pods, with what their servers say of their models, and why others don't start."""
        if not manifests:
            return ()
        is_current = await self._template_check(deployment)
        pods = [read_pod(manifest, current=is_current(manifest)) for manifest in manifests]
        silent = [pod.name for pod in pods if _starts_silently(pod)][:_MOST_EXPLAINED]
        pairs = list(zip(pods, manifests, strict=True))
        looks = [
            self._explained(pod, manifest) if pod.name in silent else self._asked(pod, manifest)
            for pod, manifest in pairs[:_MOST_ASKED]
        ]
        return (*await asyncio.gather(*looks), *pods[_MOST_ASKED:])

    async def _template_check(self, deployment: Manifest) -> Callable[[Manifest], bool]:
        """Tells whether a pod runs the newest template; asks only where that is in doubt."""
        if is_rolled_out(deployment):
            return lambda _: True
        newest = current_hash(
            deployment, await self._cluster.list_objects(REPLICA_SET, *_home(deployment))
        )
        return lambda pod: pod["metadata"].get("labels", {}).get(TEMPLATE_HASH) == newest

    async def _asked(self, pod: Pod, manifest: Manifest) -> Pod:
        ip = manifest.get("status", {}).get("podIP")
        if not (pod.running and ip):
            return pod
        life = (manifest["metadata"]["uid"], pod.restarts, pod.ready)
        answer = await self._answers.recall(life, lambda: self._ask(ip))
        if isinstance(answer, Unanswered):
            return replace(pod, unreachable=str(answer))
        return replace(pod, models=answer)

    async def _ask(self, ip: str) -> tuple[ServedVersion, ...] | Unanswered:
        try:
            return await served_versions(self._web, address(ip))
        except Unanswered as error:
            return error

    async def _explained(self, pod: Pod, manifest: Manifest) -> Pod:
        metadata = manifest["metadata"]
        events = await self._events.recall(
            metadata["uid"], lambda: self._warnings(metadata["namespace"], metadata["uid"])
        )
        return replace(pod, events=events)

    async def _warnings(self, namespace: str, uid: str) -> tuple[Said, ...]:
        """What warnings say about an object, the newest first; nothing where they are secret."""
        about = {"regarding.uid": uid, "type": "Warning"}
        try:
            events = await self._cluster.list_objects(EVENT, namespace, fields=about)
        except Forbidden:
            return ()
        events.sort(key=_newest_time, reverse=True)
        return tuple(
            Said("Event", "True", event.get("reason", ""), event.get("note", ""))
            for event in events
        )


def _home(deployment: Manifest) -> tuple[str, Mapping[str, str]]:
    """The namespace and the labels of what belongs to the Deployment."""
    return deployment["metadata"]["namespace"], deployment["spec"]["selector"]["matchLabels"]


def _starts_silently(pod: Pod) -> bool:
    """Whether the pod has a node, has not begun to run, and its status does not say why."""
    has_run = pod.ready or pod.restarts or pod.terminated
    return not (has_run or pod.unschedulable or pod.waiting or pod.running)


def _newest_time(event: Manifest) -> str:
    """When an event was seen last; all the ways to say it sort as text."""
    series = event.get("series") or {}
    times = (
        series.get("lastObservedTime"),
        event.get("deprecatedLastTimestamp"),
        event.get("eventTime"),
    )
    return next(filter(None, times), "")
