"""What the server and its models are told to do, by flags or by config.json, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from modelserver_runtime.tensors import Dimension

PluginValue: TypeAlias = str | bool | int | float
PluginConfig: TypeAlias = Mapping[str, PluginValue]

Shape: TypeAlias = tuple[Dimension, ...]
Auto: TypeAlias = Literal["auto"]
"""In place of a shape or a batch size: the model is compiled anew for whatever a request brings."""

Shapes: TypeAlias = Shape | Auto | Mapping[str, Shape | Auto]
"""One shape for a model's only input (``auto`` is for all), or a shape for each that is named."""

MAX_QUEUE_SIZE: Final = (
    1024  # what Envoy, too, lets an upstream have in flight unless told otherwise
)

DRAIN_SECONDS: Final = 25.0
"""How long a stop may take, for requests in flight: Kubernetes grants 30 by default."""


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
class Conversion:
    """What clients send, and what the model takes in its place: layouts, colors or precisions."""

    client: str
    model: str


Layouts: TypeAlias = Conversion | Mapping[str, Conversion]
"""The layouts of a model's only input, or those of each input and output that is named."""

PerChannel: TypeAlias = float | tuple[float, ...]
"""One value for all channels, or a value for each."""


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """One model as it was asked for.

    Attributes:
        base_path: the folder with a subfolder for each version, or one model file.
        nireq: infer requests to create; 0 is as many as keep the device busy.
        batch_size: replaces the batch axis of every input; a given ``shape`` beats it.
        cache_dir: where compiled models are kept between starts.
        layout: shapes, here and in requests, are in the clients' layout.
        mean: what is subtracted from a model's only input, in front of ``scale``.
        scale: what it is divided by.
        color_format: formats by OpenVINO Model Server's names, such as ``BGR`` or ``NV12``.
        precision: element types by its names, such as ``UINT8`` or ``FP32``.
        max_queue_size: requests that may wait for an infer request; 0 sets no bound.
        allow_cache: keep compiled models even if requests bring the shapes, of which there is no
            end: they may fill the disk.
        device_plugins: libraries of devices that the OpenVINO package lacks, by the device's name.
    """

    name: str
    base_path: str
    target_device: str = "CPU"
    plugin_config: PluginConfig = field(default_factory=dict)
    nireq: int = 0
    version_policy: VersionPolicy = Latest()
    shape: Shapes | None = None
    batch_size: Dimension | Auto | None = None
    cache_dir: str | None = None
    layout: Layouts | None = None
    mean: PerChannel | None = None
    scale: PerChannel | None = None
    color_format: Conversion | None = None
    precision: Conversion | None = None
    max_queue_size: int = MAX_QUEUE_SIZE
    allow_cache: bool = False
    device_plugins: Mapping[str, str] = field(default_factory=dict)

    @property
    def may_cache(self) -> bool:
        """Whether compiled models are kept in ``cache_dir``, if there is one."""
        match self.shape:
            case None:
                is_open = self.batch_size == "auto"
            case Mapping() as shapes:
                is_open = "auto" in shapes.values()
            case shape:
                is_open = shape == "auto"
        return self.allow_cache or not is_open


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A config.json that names the models, and what it cannot say itself.

    Attributes:
        device_plugins: as in ModelSettings; the file may name more.
    """

    path: str
    cache_dir: str | None = None
    device_plugins: Mapping[str, str] = field(default_factory=dict)


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
            come anew. Otherwise a client stays with the replica that it met first, and a new
            replica gets no load.
    """

    port: int = 0
    rest_port: int = 0
    grpc_bind_address: str = "0.0.0.0"
    rest_bind_address: str = "0.0.0.0"
    grpc_max_connection_age_seconds: int = 60
    file_system_poll_wait_seconds: int = 1
    metrics: MetricsSettings = field(default_factory=MetricsSettings)
    log_level: str = "INFO"
    log_path: str | None = None
    profile_enable: bool = False
