"""The server's command line, in the order and with the defaults of the operator before this one.

Our runtime takes OVMS's flags, so one command line serves both.
"""

import json
from collections.abc import Iterator

from modelserver_operator.api import ModelServer, written
from modelserver_operator.api.server_settings import ServerSettings
from modelserver_operator.render import device, metrics
from modelserver_operator.render.names import GRPC_PORT, REST_PORT
from modelserver_operator.render.plugin_config import plugin_config
from modelserver_operator.render.server_kind import ServerKind
from modelserver_operator.render.volumes import CACHE_PATH

Flag = tuple[str, ...]
"""A flag as the items it adds to the command line: `("--port", "8080")` or `("--stateful",)`."""

_VERSION_POLICY = '{"latest": { "num_versions":1 }}'


def arguments(server: ModelServer, kind: ServerKind) -> list[str]:
    """The container's args: every flag that is asked for and that the server knows."""
    return [word for flag in _flags(server) if kind.knows(_name(flag)) for word in flag]


def unknown_flags(server: ModelServer, kind: ServerKind) -> list[str]:
    """The flags that are asked for and left out, because the server would exit on them."""
    return [f"--{_name(flag)}" for flag in _flags(server) if not kind.knows(_name(flag))]


def _name(flag: Flag) -> str:
    return flag[0].removeprefix("--").partition("=")[0]


def _option(name: str, value: object) -> Iterator[Flag]:
    """The flag, unless its value is the one that stands for "not set"."""
    if value not in (None, "", 0):
        yield (f"--{name}", str(value))


def _flags(server: ModelServer) -> Iterator[Flag]:
    if metrics.is_single_model(server):
        yield from _model_flags(server)
    else:
        yield from _option("config_path", metrics.config_path(server))
    if plugins := server.spec.models_settings.device_plugins:
        yield ("--device_plugins", json.dumps(plugins, sort_keys=True))
    yield from _metrics_flags(server)
    yield from _server_flags(server)
    if server.spec.model_cache.enabled:
        yield ("--cache_dir", CACHE_PATH)
    yield ("--port", str(GRPC_PORT))
    yield ("--rest_port", str(REST_PORT))


def _model_flags(server: ModelServer) -> Iterator[Flag]:
    settings, own = server.spec.models_settings, written(server).spec.models_settings
    policy = settings.model_version_policy
    yield from _option("model_path", settings.model_path)
    yield from _option("model_name", settings.model_name)
    yield from _option("target_device", device.target_device(settings))
    yield from _option("nireq", settings.nireq)
    yield from _option("plugin_config", plugin_config(settings, own))
    yield from _option("batch_size", settings.batch_size)
    yield from _option("layout", settings.layout)
    yield from _option("shape", settings.shape)
    yield from _option("color_format", settings.color_format)
    yield from _option("precision", settings.precision)
    yield from _option("mean", settings.mean)
    yield from _option("scale", settings.scale)
    if settings.max_queue_size is not None:
        yield ("--max_queue_size", str(settings.max_queue_size))
    yield from _option("model_version_policy", _VERSION_POLICY if policy is None else policy)
    if settings.is_stateful:
        yield from _stateful_flags(server)


def _stateful_flags(server: ModelServer) -> Iterator[Flag]:
    settings = server.spec.models_settings
    yield ("--stateful",)
    if settings.idle_sequence_cleanup is False:
        yield ("--idle_sequence_cleanup=false",)
    if settings.low_latency_transformation:
        yield ("--low_latency_transformation",)
    yield from _option("max_sequence_number", settings.max_sequence_number)


def _metrics_flags(server: ModelServer) -> Iterator[Flag]:
    if metrics.enabled_by_flag(server):
        yield ("--metrics_enable",)
    yield from _option("metrics_list", server.spec.monitoring.metrics_list)


def _server_flags(server: ModelServer) -> Iterator[Flag]:
    """The server's own settings.

    The old operator took its chart's defaults where the whole block was absent, and those of its
    CRD where it was present; they differ in the two polls.
    """
    settings, file_poll, cleaner_poll = server.spec.server_settings, 0, 5
    if settings is None:
        settings, file_poll, cleaner_poll = ServerSettings(), 1, 0
    yield ("--log_level", settings.log_level or "INFO")
    yield _number(
        "file_system_poll_wait_seconds", settings.file_system_poll_wait_seconds, file_poll
    )
    yield from _option(
        "grpc_workers", 1 if settings.grpc_workers is None else settings.grpc_workers
    )
    yield from _option("rest_workers", settings.rest_workers)
    if server.spec.models_settings.is_stateful:
        minutes = settings.sequence_cleaner_poll_wait_minutes
        yield _number("sequence_cleaner_poll_wait_minutes", minutes, cleaner_poll)


def _number(name: str, value: int | None, default: int) -> Flag:
    """A flag that is always passed; 0 is a value like any other."""
    return (f"--{name}", str(default if value is None else value))
