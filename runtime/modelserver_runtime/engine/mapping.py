"""mapping_config.json: other names for a model's inputs and outputs, those that clients see.

{"inputs": {"x:0": "image"}, "outputs": {"Identity:0": "scores"}}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import openvino as ov

from modelserver_runtime import option_values as values
from modelserver_runtime.engine.shapes import name as served_name
from modelserver_runtime.settings import SettingsError

FILE_NAME: Final = "mapping_config.json"
_KEYS: Final = ("inputs", "outputs")


def renamed(model: ov.Model, path: Path) -> ov.Model:
    """The model under the names of the mapping file beside it, if there is one.

    Args:
        path: what the model was read from, a file or a SavedModel's folder.

    Raises:
        SettingsError: the file can't be read, or names a tensor that the model lacks.
    """
    file = (path if path.is_dir() else path.parent) / FILE_NAME
    if not file.exists():
        return model
    try:
        mapping = _parse(file.read_text())
        for key, ports in zip(_KEYS, (model.inputs, model.outputs), strict=True):
            _rename(ports, mapping[key])
    except (OSError, ValueError) as error:
        raise SettingsError(f"{FILE_NAME}: {error}") from error
    return model


def _parse(text: str) -> dict[str, Mapping[str, str]]:
    document = values.json_object(text)
    if unknown := sorted(document.keys() - set(_KEYS)):
        raise SettingsError(f"{unknown[0]}: unknown key, expected {' or '.join(_KEYS)}")
    return {
        key: {
            tensor: values.string(alias)
            for tensor, alias in values.json_object(document.get(key, {})).items()
        }
        for key in _KEYS
    }


def _rename(ports: Iterable[ov.Output], aliases: Mapping[str, str]) -> None:
    renamed = dict(aliases)
    for port in ports:
        known = (port.names or {served_name(port)}) & renamed.keys()
        if known:
            port.tensor.set_names({renamed.pop(known.pop())})
    if renamed:
        there = ", ".join(served_name(port) for port in ports)
        raise SettingsError(f"the model has no tensor {next(iter(renamed))}, it has {there}")
