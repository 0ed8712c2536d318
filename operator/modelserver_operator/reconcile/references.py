"""The ConfigMaps and Secrets that a ModelServer names, and what they hold, as far as it matters."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from modelserver_operator.api import ModelServer
from modelserver_operator.cluster import Cluster, Forbidden, Kind
from modelserver_operator.cluster.kinds import CONFIG_MAP, SECRET
from modelserver_operator.cluster.port import Manifest
from modelserver_operator.reconcile.marks import digest
from modelserver_operator.status.facts import Missing

_ABSENT = "absent"
"""The hash of what is not there and need not be."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A ConfigMap or Secret by name; pods start without an optional one."""

    kind: Kind
    name: str
    optional: bool = False

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


@dataclass(frozen=True, slots=True)
class Contents:
    """What was read.

    Attributes:
        config_maps: the data of the ConfigMaps, by name.
        hashes: a hash of each reference's content; an empty one where it could not be read.
        missing: what is not there and has to be.
    """

    config_maps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    hashes: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[Missing, ...] = ()


def references(server: ModelServer) -> list[Reference]:
    """What the spec names, each once; it is optional only if all its mentions are."""
    found = dict[tuple[str, str], Reference]()
    for reference in _mentions(server):
        known = found.get((reference.kind.kind, reference.name))
        if known is None or known.optional:
            found[reference.kind.kind, reference.name] = reference
    return [found[key] for key in sorted(found)]


def _mentions(server: ModelServer) -> Iterator[Reference]:
    parameters, repository = server.spec.deployment_parameters, server.spec.models_repository
    named = (
        (CONFIG_MAP, server.spec.models_settings.config_configmap_name),
        (CONFIG_MAP, parameters.extra_envs_configmap),
        (SECRET, parameters.extra_envs_secret),
        (SECRET, repository.gcp_creds_secret_name),
    )
    yield from (Reference(kind, name) for kind, name in named if name)
    for variable in parameters.env or ():
        if (source := variable.valueFrom) is not None:
            keys = ((CONFIG_MAP, source.configMapKeyRef), (SECRET, source.secretKeyRef))
            yield from (Reference(kind, key.name, bool(key.optional)) for kind, key in keys if key)


async def look_up(cluster: Cluster, namespace: str, wanted: Iterable[Reference]) -> Contents:
    """Read them all; of a Secret only whether it has changed."""
    asked = list(wanted)
    found = await asyncio.gather(*(_read(cluster, namespace, reference) for reference in asked))
    pairs = list(zip(asked, found, strict=True))
    return Contents(
        config_maps={
            reference.name: live.get("data") or {}
            for reference, live in pairs
            if reference.kind is CONFIG_MAP and live
        },
        hashes={str(reference): _hash(reference, live) for reference, live in pairs},
        missing=tuple(
            Missing(reference.kind.kind, reference.name)
            for reference, live in pairs
            if live is None and not reference.optional
        ),
    )


async def _read(cluster: Cluster, namespace: str, reference: Reference) -> Manifest | None:
    """The object, None where there is none, and an empty one where it may not be read."""
    read = cluster.get_metadata if reference.kind is SECRET else cluster.get
    try:
        return await read(reference.kind, namespace, reference.name)
    except Forbidden:
        return {}


def _hash(reference: Reference, live: Manifest | None) -> str:
    match live:
        case None:
            return _ABSENT if reference.optional else ""
        case {"metadata": {"resourceVersion": str(version)}} if reference.kind is SECRET:
            return version
        case {"metadata": _}:
            return digest([live.get("data"), live.get("binaryData")])
    return ""
