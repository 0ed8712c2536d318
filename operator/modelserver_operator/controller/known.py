"""What the watches have shown of the ModelServers: enough to tell whom an event concerns.

It is no cache of objects, and no pass reads it. An event about a config map, or about an autoscaler
of somebody else's, names no ModelServer; this says which ones care. The gauges about ModelServers
are read from here too.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from modelserver_operator.api import InvalidManifest, parse
from modelserver_operator.autoscaling.ratio import METRIC_NAME
from modelserver_operator.cluster.kinds import CONFIG_MAP
from modelserver_operator.controller.keys import Key
from modelserver_operator.reconcile.references import references
from modelserver_operator.render.names import fullname_of

Raw = Mapping[str, Any]
"""An object as the API server sent it. Old ones can break every rule that we have now."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One ModelServer as it was last seen.

    Attributes:
        wish: all that a user can change, condensed: when it differs, somebody wants something.
        config_maps: the names of the ConfigMaps that the spec refers to.
        status: the status as it was.
    """

    wish: tuple[object, ...]
    config_maps: frozenset[str]
    status: Raw


@dataclass(frozen=True, slots=True)
class Scaler:
    """What scales a ModelServer on the ratio: ours, or one that somebody wrote by hand.

    Attributes:
        target: the ratio to aim for, a quantity.
    """

    server: Key
    max_replicas: int
    target: str


@dataclass(slots=True)
class Known:
    """The ModelServers that the watches have shown, and what scales them, by uid."""

    servers: dict[Key, Seen] = field(default_factory=dict)
    scalers: dict[str, Scaler] = field(default_factory=dict)

    def note(self, key: Key, server: Raw | None) -> bool:
        """Remember a ModelServer, or with None forget it.

        Returns:
            Whether anything is new that a user decides; a status alone is the operator's own.
        """
        before = self.servers.pop(key, None)
        if server is None:
            return before is not None
        wish, status = _wish(server["metadata"]), server.get("status") or {}
        if before is not None and before.wish == wish:
            self.servers[key] = replace(before, status=status)
            return False
        self.servers[key] = Seen(wish, _config_maps(server), status)
        return True

    def note_scaler(self, server: Key, scaler: Raw, *, deleted: bool) -> None:
        """Remember an autoscaler of a ModelServer, or forget it."""
        uid = scaler["metadata"].get("uid", "")
        self.scalers.pop(uid, None)
        target = _target(scaler["spec"])
        if target is not None and not deleted:
            high, ratio = target
            self.scalers[uid] = Scaler(server, high, ratio)

    def users_of(self, namespace: str, config_map: str) -> Iterator[Key]:
        """The ModelServers that name a ConfigMap."""
        return (
            key
            for key, seen in self.servers.items()
            if key.namespace == namespace and config_map in seen.config_maps
        )

    def called(self, fullname: str, namespaces: frozenset[str] | None) -> Iterator[Key]:
        """The ModelServers whose children have a name; `namespaces` of None means all."""
        homes = {key.namespace for key in self.servers} if namespaces is None else namespaces
        for namespace in homes:
            for name in (fullname, fullname.removesuffix("-ovms")):
                key = Key(namespace, name)
                if key in self.servers and fullname_of(name) == fullname:
                    yield key


def _wish(metadata: Raw) -> tuple[object, ...]:
    # replicas and all other fields of the spec raise the generation; these three do not
    unversioned = (metadata.get(name) for name in ("labels", "annotations", "finalizers"))
    return (
        metadata.get("uid"),
        metadata.get("generation"),
        metadata.get("deletionTimestamp"),
        *(repr(value) for value in unversioned),
    )


def _config_maps(server: Raw) -> frozenset[str]:
    """None of a spec that is not valid: nothing is rendered from it until it changes."""
    try:
        named = references(parse(server).server)
    except InvalidManifest:
        return frozenset()
    return frozenset(reference.name for reference in named if reference.kind is CONFIG_MAP)


def _target(spec: Raw) -> tuple[int, str] | None:
    """The most replicas and the ratio to aim for, of an autoscaler that reads the ratio."""
    match spec:
        case {"maxReplicas": int(high), "metrics": [*metrics]}:
            for metric in metrics:
                match metric:
                    case {
                        "pods": {
                            "metric": {"name": str(name)},
                            "target": {"averageValue": ratio},
                        }
                    } if name == METRIC_NAME:
                        return high, str(ratio)
        case {"maxReplicaCount": int(high), "triggers": [{"metadata": {"threshold": ratio}}]}:
            return high, str(ratio)
    return None
