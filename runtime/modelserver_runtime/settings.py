"""What the server and its models are told to do, by flags or by config.json, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from modelserver_runtime.tensors import Dimension

PluginValue: TypeAlias = str | bool | int | float
PluginConfig: TypeAlias = Mapping[str, PluginValue]

Shape: TypeAlias = tuple[Dimension, ...]
Shapes: TypeAlias = Shape | Mapping[str, Shape]
"""One shape for a model's only input, or a shape for each input that is named."""


class SettingsError(ValueError):
    """A setting that cannot be obeyed, in one line: which one, what was given, what is allowed."""


class UsageError(SettingsError):
    """Settings that contradict each other: OpenVINO Model Server's own refusals, word for word."""


@dataclass(frozen=True, slots=True)
class Latest:
    """Serve the newest versions, this many."""

    count: int = 1


@dataclass(frozen=True, slots=True)
class AllVersions:
    """Serve every version that is there."""


@dataclass(frozen=True, slots=True)
class Specific:
    """Serve these versions, where they are there."""

    versions: frozenset[int]


VersionPolicy: TypeAlias = Latest | AllVersions | Specific


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """One model as it was asked for.

    Attributes:
        base_path: the folder with a subfolder for each version, or one model file.
        nireq: infer requests to create; 0 leaves the number to OpenVINO.
        batch_size: replaces the first axis of every input; a given ``shape`` beats it.
        cache_dir: where compiled models are kept between starts.
    """

    name: str
    base_path: str
    target_device: str = "CPU"
    plugin_config: PluginConfig = field(default_factory=dict)
    nireq: int = 0
    version_policy: VersionPolicy = Latest()
    shape: Shapes | None = None
    batch_size: Dimension | None = None
    cache_dir: str | None = None


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A config.json that names the models, and what it cannot say itself."""

    path: str
    cache_dir: str | None = None


@dataclass(frozen=True, slots=True)
class MetricsSettings:
    """Whether /metrics answers, and with which families: None stands for the default ones."""

    enabled: bool = False
    families: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """The process: where it listens, how it watches and logs. A port of 0 is off.

    Attributes:
        grpc_max_connection_age_seconds: after which a connection is told to finish its calls and
            come anew. Otherwise a client stays with the replica that it met first: a new replica
            gets no load, an old one is never free to leave.
    """

    port: int = 0
    rest_port: int = 0
    grpc_bind_address: str = "0.0.0.0"
    rest_bind_address: str = "0.0.0.0"
    grpc_max_connection_age_seconds: int = 10
    file_system_poll_wait_seconds: int = 1
    metrics: MetricsSettings = field(default_factory=MetricsSettings)
    log_level: str = "INFO"
    log_path: str | None = None
