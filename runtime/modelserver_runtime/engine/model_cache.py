"""Compiled models kept in files between starts: where, in which form, and whether they were used.

Each version of each model has a folder of its own below the cache folder, so that it is known which
files belong to it, and a version that is gone for good can be removed by hand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

import openvino as ov

from modelserver_runtime.engine.devices import members
from modelserver_runtime.settings import PluginConfig, PluginValue

_VERSION: Final = re.compile(r"(?P<version>\d+)(-[0-9a-f]+)?")  # a download has a digest behind it


@dataclass(frozen=True, slots=True)
class CacheUse:
    """What the cache did for one load.

    Attributes:
        hit: the model was read from the cache rather than compiled.
        files: what was read, or else written.
    """

    hit: bool
    files: tuple[Path, ...]

    def __str__(self) -> str:
        return f"{'hit' if self.hit else 'miss'} [{', '.join(map(str, self.files))}]"


def folder_for(cache_dir: str, name: str, model: Path) -> Path:
    """The folder of one version of a model, which ``model`` is the file or folder of."""
    found = (_VERSION.fullmatch(part.name) for part in (model, model.parent))
    version = next((match["version"] for match in found if match), "1")
    return Path(cache_dir) / quote(name, safe="") / version


def compact_form(
    core: ov.Core, target_device: str, model: Path, given: PluginConfig
) -> dict[str, PluginValue]:
    """Properties that leave a model's weights out of its cache file, where that is possible.

    OpenVINO then reads them from the model's own file. It has to be told which that is: a model
    that was read before it is compiled would otherwise be written to the cache and never found
    there. Devices that can't be told keep the weights in the cache file.
    """
    weights = model.with_suffix(".bin")
    if "CACHE_DIR" not in given or model.suffix != ".xml" or not weights.is_file():
        return {}
    if members(target_device) != (target_device,):
        return {}
    if "WEIGHTS_PATH" not in core.get_property(target_device, "SUPPORTED_PROPERTIES"):
        return {}
    return {"CACHE_MODE": "OPTIMIZE_SIZE", "WEIGHTS_PATH": str(weights)}


def use(compiled: ov.CompiledModel, folder: Path, before: frozenset[Path]) -> CacheUse:
    """What the cache did for a model just compiled; ``before`` are the files it held until then."""
    hit = bool(compiled.get_property("LOADED_FROM_CACHE"))
    now = files(folder)
    return CacheUse(hit, tuple(sorted(now if hit else now - before)))


def files(folder: Path) -> frozenset[Path]:
    """The compiled models in a folder, and the kernels that a GPU keeps beside them."""
    return frozenset(path for path in folder.glob("*") if path.suffix in (".blob", ".cl_cache"))
