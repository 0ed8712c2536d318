"""config.json: the models that one server serves, in OpenVINO Model Server's own format.

Every key of the format is known here. One that cannot be obeyed is refused, with its place, rather
than passed over: a model that is served otherwise than asked for is worse than one that is not.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeAlias

from modelserver_runtime import option_values as values
from modelserver_runtime import preprocess_values
from modelserver_runtime.settings import ConfigFile, MetricsSettings, ModelSettings, SettingsError

_Parsers: TypeAlias = Mapping[str, Callable[[object], Any]]


@dataclass(frozen=True, slots=True)
class Config:
    """What a config.json says."""

    models: tuple[ModelSettings, ...]
    metrics: MetricsSettings


def read(file: ConfigFile) -> Config:
    """Read the file anew; relative base paths start in its folder.

    Raises:
        SettingsError: it cannot be read, or says something that is not allowed; the message names
            the file, the place in it, what stands there, and what is allowed.
    """
    try:
        content, folder = Path(file.path).read_bytes(), Path(file.path).parent
        config = parse(content, folder, file.cache_dir)
    except OSError as error:
        raise SettingsError(f"{file.path}: {error.strerror}") from error
    except SettingsError as error:
        raise SettingsError(f"{file.path}: {error}") from error
    return replace(config, models=_with_plugins(config.models, file.device_plugins))


def parse(content: bytes, folder: Path, cache_dir: str | None = None) -> Config:
    """The same for content already read; messages start with the place in it."""
    try:
        document = json.loads(content)
    except ValueError as error:
        raise SettingsError(f"not valid JSON: {error}") from error
    fields = _fields("", document, _FILE)
    models = tuple(
        _model(f"model_config_list[{index}]", entry, folder, cache_dir)
        for index, entry in enumerate(fields.get("model_config_list", ()))
    )
    _refuse_twins(models)
    models = _with_plugins(models, fields.get("device_plugins", {}))
    return Config(models, _metrics(fields.get("monitoring", {})))


def _model(place: str, entry: object, folder: Path, cache_dir: str | None) -> ModelSettings:
    config = _fields(place, entry, {"config": values.json_object}, required=("config",))["config"]
    fields = _fields(f"{place}.config", config, _MODEL, required=("name", "base_path"))
    base_path = fields.pop("base_path")
    local = base_path if "://" in base_path else str(folder / base_path)
    renamed = {_ATTRIBUTES.get(key, key): value for key, value in fields.items()}
    return ModelSettings(base_path=local, cache_dir=cache_dir, **renamed)


def _with_plugins(
    models: tuple[ModelSettings, ...], plugins: Mapping[str, str]
) -> tuple[ModelSettings, ...]:
    """Any model may use any of them; those that it knows already win."""
    return tuple(
        replace(model, device_plugins={**plugins, **model.device_plugins}) for model in models
    )


def _metrics(monitoring: object) -> MetricsSettings:
    fields = _fields("monitoring", monitoring, {"metrics": values.json_object})
    metrics = _fields("monitoring.metrics", fields.get("metrics", {}), _METRICS)
    return MetricsSettings(metrics.get("enable", False), metrics.get("metrics_list"))


def _refuse_twins(models: tuple[ModelSettings, ...]) -> None:
    names = [model.name for model in models]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise SettingsError(f"model_config_list[{index}].config.name: {name!r} is there twice")


def _fields(
    place: str, document: object, parsers: _Parsers, required: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Parse an object key by key; errors carry the place of the key."""
    try:
        entries = values.json_object(document)
    except SettingsError as error:
        raise SettingsError(f"{place or 'the file'}: {error}") from error
    prefix = f"{place}." if place else ""
    for key in required:
        if key not in entries:
            raise SettingsError(f"{prefix}{key}: is missing")
    return {key: _field(prefix + key, parsers.get(key), value) for key, value in entries.items()}


def _field(place: str, parser: Callable[[object], Any] | None, value: object) -> object:
    if parser is None:
        raise SettingsError(f"{place}: unknown key")
    try:
        return parser(value)
    except SettingsError as error:
        raise SettingsError(f"{place}: {error}") from error


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise SettingsError("is not a list")
    return value


def _empty(what: str) -> Callable[[object], None]:
    def parse_empty(value: object) -> None:
        if _list(value):
            raise SettingsError(f"{what} are not supported, leave the list empty")

    return parse_empty


_FILE: Final[_Parsers] = {
    "model_config_list": _list,
    "monitoring": values.json_object,
    "device_plugins": values.device_plugins,
    "mediapipe_config_list": _empty("MediaPipe graphs"),
    "pipeline_config_list": _empty("pipelines"),
    "custom_loader_config_list": _empty("custom loaders"),
    "custom_node_library_config_list": _empty("custom node libraries"),
}
_METRICS: Final[_Parsers] = {"enable": values.boolean, "metrics_list": values.strings}
_MODEL: Final[_Parsers] = {
    "name": values.string,
    "base_path": values.string,
    "target_device": values.string,
    "plugin_config": values.plugin_config,
    "nireq": values.not_negative,
    "model_version_policy": values.version_policy,
    "shape": values.shapes,
    "batch_size": values.batch_size,
    "allow_cache": values.boolean,
    "layout": preprocess_values.layouts,
    "mean": preprocess_values.per_channel,
    "scale": preprocess_values.per_channel,
    "color_format": preprocess_values.color_format,
    "precision": preprocess_values.precision,
    "max_queue_size": values.not_negative,
}
_ATTRIBUTES: Final = {"model_version_policy": "version_policy"}
