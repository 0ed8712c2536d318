"""What is mounted into the server's container, and from where."""

from collections.abc import Iterator
from dataclasses import dataclass

from modelserver_operator.api import ModelServer
from modelserver_operator.api.repository import ModelCache
from modelserver_operator.render.context import Settings
from modelserver_operator.render.manifest import Manifest, given
from modelserver_operator.render.server_kind import ServerKind

CONFIG_PATH = "/config"
MODELS_PATH = "/models"
CACHE_PATH = "/cache"
GCP_PATH = "/secret"


@dataclass(frozen=True, slots=True)
class Volume:
    """A volume of the pod and its one mount. `source` is the volume without its name."""

    name: str
    path: str
    source: Manifest
    read_only: bool = True

    def definition(self) -> Manifest:
        """The item of the pod's `volumes`."""
        return {"name": self.name, **self.source}

    def mount(self) -> Manifest:
        """The item of the container's `volumeMounts`."""
        return given(name=self.name, mountPath=self.path, readOnly=self.read_only or None)


def volumes(server: ModelServer, kind: ServerKind, settings: Settings) -> list[Volume]:
    """The volumes of a pod, in the order of the operator before this one, then the new ones."""
    return [
        *_credentials(server),
        *_config(server),
        *_models(server),
        *_cache(server.spec.model_cache, settings),
        *_scratch(kind),
    ]


def has_forbidden_cache(server: ModelServer, settings: Settings) -> bool:
    """Whether the cache is asked for in a folder of the node, which the platform does not allow."""
    cache = server.spec.model_cache
    return bool(cache.enabled and cache.host_path and not settings.allow_host_path_cache)


def _credentials(server: ModelServer) -> Iterator[Volume]:
    if name := server.spec.models_repository.gcp_creds_secret_name:
        yield Volume("gcpcreds", GCP_PATH, {"secret": {"secretName": name}})


def _config(server: ModelServer) -> Iterator[Volume]:
    if name := server.spec.models_settings.config_configmap_name:
        yield Volume("config", CONFIG_PATH, {"configMap": {"name": name}})


def _models(server: ModelServer) -> Iterator[Volume]:
    repository = server.spec.models_repository
    if path := repository.models_host_path:
        yield Volume("models", MODELS_PATH, {"hostPath": {"path": path, "type": "Directory"}})
    elif claim := repository.models_volume_claim:
        yield Volume("models", MODELS_PATH, {"persistentVolumeClaim": {"claimName": claim}})


def _cache(cache: ModelCache, settings: Settings) -> Iterator[Volume]:
    if cache.enabled:
        yield Volume("cache", CACHE_PATH, _cache_source(cache, settings), read_only=False)


def _cache_source(cache: ModelCache, settings: Settings) -> Manifest:
    """Where the cache lies; it goes with its pod where nothing else is asked for and allowed."""
    if claim := cache.volume_claim:
        return {"persistentVolumeClaim": {"claimName": claim}}
    if cache.host_path and settings.allow_host_path_cache:
        return {"hostPath": {"path": cache.host_path, "type": "DirectoryOrCreate"}}
    return {"emptyDir": given(sizeLimit=cache.size_limit)}


def _scratch(kind: ServerKind) -> Iterator[Volume]:
    """Where our runtime downloads models to; its root file system is read-only."""
    if kind.is_runtime:
        yield Volume("tmp", "/tmp", {"emptyDir": {}}, read_only=False)  # noqa: S108
