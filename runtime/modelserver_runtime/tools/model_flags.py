"""The flags by which a sub-command is told of one model: those of the server itself."""

from __future__ import annotations

import argparse
from pathlib import Path

from modelserver_runtime import option_values
from modelserver_runtime.flag_parser import checked
from modelserver_runtime.repository.layout import model_file
from modelserver_runtime.repository.local import LocalSource
from modelserver_runtime.repository.source import RepositoryError
from modelserver_runtime.settings import ModelSettings, SettingsError


def add_model_flags(parser: argparse.ArgumentParser, *, required: bool, device: str) -> None:
    """Add the flags; ``required`` is whether there has to be a model, ``device`` the default."""
    group = parser.add_argument_group("model")
    group.add_argument(
        "-m",
        "--model_path",
        required=required,
        metavar="PATH",
        help="a model file, a version's folder, or a folder of versions: then the newest",
    )
    group.add_argument(
        "-d", "--target_device", default=device, metavar="DEVICE", help="default: %(default)s"
    )
    json_flags = (
        ("plugin_config", option_values.plugin_config, 'such as {"NUM_STREAMS": 4}'),
        ("device_plugins", option_values.device_plugins, 'such as {"NVIDIA": "/opt/lib.so"}'),
    )
    for name, parse, text in json_flags:
        group.add_argument(f"--{name}", type=checked(parse), default={}, metavar="JSON", help=text)
    group.add_argument("--shape", type=checked(option_values.shapes), help="such as (1,3,224,224)")


def model_settings(given: argparse.Namespace) -> ModelSettings:
    """What the flags say of the model."""
    return ModelSettings(
        name="model",
        base_path=given.model_path,
        target_device=given.target_device,
        plugin_config=given.plugin_config,
        shape=given.shape,
        device_plugins=given.device_plugins,
    )


def find_model(path: str) -> Path:
    """What OpenVINO is to read.

    Raises:
        SettingsError: there is no model.
    """
    source = LocalSource(path)
    try:
        versions = source.look().versions
        newest = max(versions, default=None)
        folder = Path(path) if newest is None else source.fetch(newest, versions[newest])
        return model_file(folder)
    except RepositoryError as error:
        raise SettingsError(f"model_path: {error}") from error
