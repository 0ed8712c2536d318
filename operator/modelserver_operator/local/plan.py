"""From what the files ask to how each ModelServer is played: a pure step before anything runs.

Everything that can be wrong with the files is found here, so an edit that is wrong changes nothing.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from itertools import chain, count
from pathlib import Path
from typing import Any, TypeVar

from modelserver_operator.api import ModelServer
from modelserver_operator.autoscaling import hpa
from modelserver_operator.local.durations import seconds
from modelserver_operator.local.errors import CannotPlayError
from modelserver_operator.local.manifests import Key, Scene, decoded
from modelserver_operator.local.pods.deployment import Template
from modelserver_operator.local.pods.pod import HOST, Pod, pod
from modelserver_operator.local.pods.rollout import strategy
from modelserver_operator.local.pods.store import Contents, Store
from modelserver_operator.manifests.rendered import rendered
from modelserver_operator.manifests.sources import Source
from modelserver_operator.render import Context, Objects, Settings
from modelserver_operator.render.autoscaler import horizontal_pod_autoscaler
from modelserver_operator.render.context import DEFAULT_WINDOW
from modelserver_operator.render.server_kind import server_kind

_SCRAPE_INTERVAL = "15s"
_SETTINGS = Settings(adapter_window=None, allow_host_path_cache=True)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Plan:
    """How one ModelServer is played.

    Attributes:
        name: how it is called; with its namespace where that is not the default one.
        template: what its replicas are made from.
        replicas: how many there are while nothing scales it.
        host: the address that stands for its Service's cluster IP.
        ports: the Service's ports by name.
        autoscaler: what scales it, if anything does.
        window_seconds: the time over which the ratio is averaged.
        scrape_seconds: how often its metrics are read.
    """

    name: str
    template: Template
    replicas: int
    host: str
    ports: Mapping[str, int]
    autoscaler: hpa.Spec | None
    window_seconds: float
    scrape_seconds: float


@dataclass(frozen=True, slots=True)
class Program:
    """All plans, and what the authors of the files should know."""

    plans: tuple[Plan, ...]
    remarks: tuple[str, ...]


def program(scene: Scene, claims: Mapping[str, Path]) -> Program:
    """Plan every ModelServer of the scene.

    Raises:
        UserError: something cannot be played, and why.
    """
    rendered = {key: _render(source, scene) for key, source in scene.servers.items()}
    plans = [_plan(key, scene, claims, objects) for key, objects in rendered.items()]
    addresses = hosts([each.ports for each in plans])
    remarks = (_remarks(key, scene, objects) for key, objects in rendered.items())
    return Program(
        plans=tuple(replace(each, host=host) for each, host in zip(plans, addresses, strict=True)),
        remarks=(*scene.skipped, *chain.from_iterable(remarks)),
    )


def hosts(services: Sequence[Mapping[str, int]]) -> list[str]:
    """An address of this machine for each Service: 127.0.0.1, or the next one without a clash."""
    taken: dict[str, set[int]] = defaultdict(set)
    chosen = []
    for ports in services:
        addresses = (str(IPv4Address(HOST) + offset) for offset in count())
        host = next(each for each in addresses if taken[each].isdisjoint(ports.values()))
        taken[host].update(ports.values())
        chosen.append(host)
    return chosen


def _plan(key: Key, scene: Scene, claims: Mapping[str, Path], objects: Objects) -> Plan:
    source, deployment = scene.servers[key], objects.deployment["spec"]
    spec = source.server.spec
    return Plan(
        name=_title(key),
        template=_template(source, objects, _store(key[0], scene, claims, objects)),
        replicas=deployment["replicas"],
        host=HOST,
        ports={port["name"]: port["port"] for port in objects.service["spec"]["ports"]},
        autoscaler=_autoscaler(key, source.server, scene),
        window_seconds=seconds(spec.autoscaling.window or DEFAULT_WINDOW),
        scrape_seconds=seconds(spec.monitoring.service_monitor.interval or _SCRAPE_INTERVAL),
    )


def _title(key: Key) -> str:
    namespace, name = key
    return name if namespace == "default" else f"{namespace}/{name}"


def _render(source: Source, scene: Scene) -> Objects:
    """What the operator would make in a cluster."""
    namespace = source.server.metadata.namespace
    return rendered(source, Context(_SETTINGS, _of_namespace(namespace, scene.config_maps)))


def _store(namespace: str, scene: Scene, claims: Mapping[str, Path], objects: Objects) -> Store:
    config_maps = _of_namespace(namespace, scene.config_maps)
    made = {secret["metadata"]["name"]: decoded(secret) for secret in objects.secrets}
    return Store(
        config_maps={name: _encoded(data) for name, data in config_maps.items()},
        secrets=_of_namespace(namespace, scene.secrets) | made,
        claims=claims,
    )


def _of_namespace(namespace: str, there: Mapping[Key, _T]) -> dict[str, _T]:
    return {name: value for (home, name), value in there.items() if home == namespace}


def _encoded(data: Mapping[str, object]) -> Contents:
    return {name: str(text).encode() for name, text in data.items()}


def _template(source: Source, objects: Objects, store: Store) -> Template:
    deployment = objects.deployment["spec"]
    try:
        played = pod(deployment["template"], store)
    except CannotPlayError as problem:
        place, title = source.document.place(), source.document.title
        raise CannotPlayError(f"{place}: {title}: {problem}") from None
    return Template(
        name=objects.deployment["metadata"]["name"],
        pod=played,
        strategy=strategy(deployment["strategy"]),
        revision=_revision(deployment["template"], played),
    )


def _revision(template: Mapping[str, Any], played: Pod) -> str:
    """A digest of all that a replica sees: the template, and the contents of what it refers to."""
    seen = json.dumps(template, sort_keys=True) + repr((played.env, played.mounts))
    return hashlib.sha256(seen.encode()).hexdigest()[:10]


def _autoscaler(key: Key, server: ModelServer, scene: Scene) -> hpa.Spec | None:
    """The autoscaler among the files, else the one that the ModelServer asks for.

    KEDA has an HPA made for it; here that HPA is played itself.
    """
    if key in scene.autoscalers:
        return scene.autoscalers[key]
    if server.spec.autoscaling.enabled:
        return hpa.parse(horizontal_pod_autoscaler(server))
    return None


def _remarks(key: Key, scene: Scene, objects: Objects) -> Iterator[str]:
    source = scene.servers[key]
    server = source.server
    for warning in objects.warnings:
        yield f"{source.document.place(warning.partition(':')[0])}: warning: {warning}"
    if not server_kind(server).is_runtime:
        image = objects.deployment["spec"]["template"]["spec"]["containers"][0]["image"]
        yield f"{_title(key)}: {image} is played by this machine's runtime"
    if key in scene.autoscalers and server.spec.autoscaling.enabled:
        yield f"{_title(key)}: spec.autoscaling gives way to the autoscaler among the files"
