"""OpenVINO Model Server's command line.

Its flags, defaults and refusals are kept, so that a command made for it runs here unchanged. Flags
without a meaning here (thread pools and quotas of its own servers, the upkeep of stateful models)
are accepted and named once in the log.

Two kinds of mistake are told apart as there: settings that contradict each other are a UsageError
with the original's words; anything else that cannot be parsed is a plain SettingsError.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from modelserver_runtime.flag_parser import LOG_LEVELS, WITHOUT_EFFECT, build_parser
from modelserver_runtime.settings import (
    MAX_QUEUE_SIZE,
    ConfigFile,
    Latest,
    MetricsSettings,
    ModelSettings,
    ServerSettings,
    UsageError,
)

_ONE_MODEL: Final = (
    "batch_size",
    "color_format",
    "layout",
    "max_queue_size",
    "mean",
    "model_version_policy",
    "nireq",
    "plugin_config",
    "precision",
    "scale",
    "shape",
    "target_device",
)


@dataclass(frozen=True, slots=True)
class CommandLine:
    """What the flags say: the server, its models, and the flags given that have no effect."""

    server: ServerSettings
    models: ModelSettings | ConfigFile
    without_effect: tuple[str, ...] = ()


def parse(arguments: Sequence[str], cache_dir: str | None = None) -> CommandLine:
    """Read the flags; ``cache_dir`` is the one to use where none is given.

    Raises:
        UsageError: flags that contradict each other, or that are missing.
        SettingsError: an unknown flag, or a value that cannot be parsed.
        SystemExit: after ``--help``.
    """
    given = build_parser(cache_dir).parse_args(arguments)
    _refuse_contradictions(given)
    return CommandLine(
        _server(given),
        ConfigFile(given.config_path, given.cache_dir, given.device_plugins)
        if given.config_path
        else _model(given),
        tuple(name for name in WITHOUT_EFFECT if getattr(given, name) is not None),
    )


def _server(given: argparse.Namespace) -> ServerSettings:
    families = given.metrics_list.split(",") if given.metrics_list else None
    return ServerSettings(
        port=given.port,
        rest_port=given.rest_port,
        grpc_bind_address=given.grpc_bind_address,
        rest_bind_address=given.rest_bind_address,
        grpc_max_connection_age_seconds=given.grpc_max_connection_age_seconds,
        file_system_poll_wait_seconds=given.file_system_poll_wait_seconds,
        metrics=MetricsSettings(
            given.metrics_enable,
            None if families is None else tuple(name.strip() for name in families),
        ),
        log_level=given.log_level,
        log_path=given.log_path,
        profile_enable=given.profile_enable,
    )


def _model(given: argparse.Namespace) -> ModelSettings:
    return ModelSettings(
        name=given.model_name,
        base_path=given.model_path,
        target_device=given.target_device or "CPU",
        plugin_config=given.plugin_config or {},
        nireq=given.nireq or 0,
        version_policy=given.model_version_policy or Latest(),
        shape=given.shape,
        batch_size=given.batch_size,
        cache_dir=given.cache_dir,
        layout=given.layout,
        mean=given.mean,
        scale=given.scale,
        color_format=given.color_format,
        precision=given.precision,
        max_queue_size=MAX_QUEUE_SIZE if given.max_queue_size is None else given.max_queue_size,
        device_plugins=given.device_plugins,
    )


def _refuse_contradictions(given: argparse.Namespace) -> None:
    one_model = (given.model_name, given.model_path)
    if any(one_model) if given.config_path else not all(one_model):
        raise UsageError("Use either config_path or model_path with model_name")
    if given.config_path and any(getattr(given, name) for name in _ONE_MODEL):
        raise UsageError("Model parameters in CLI are exclusive with the config file")
    if given.metrics_enable and not given.rest_port:
        raise UsageError("rest_port setting is missing, metrics are enabled on rest port")
    if given.metrics_list and not given.metrics_enable:
        raise UsageError(
            "metrics_enable setting is missing, required when metrics_list is provided"
        )
    if not given.port and not given.rest_port:
        raise UsageError("port and rest_port cannot both be unset")
    if given.port == given.rest_port:
        raise UsageError("port and rest_port cannot have the same values")
    if given.log_level not in LOG_LEVELS:
        raise UsageError(f"log_level should be one of: {', '.join(LOG_LEVELS)}")
