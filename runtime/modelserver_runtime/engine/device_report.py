"""What there is to know of a device."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
import openvino as ov
from openvino import opset13 as ops

SYSTOLIC: Final = "GPU_HW_MATMUL"
"""The capability that marks a GPU with a systolic array."""


@dataclass(frozen=True, slots=True)
class Device:
    """A device and what its plugin says of it.

    Attributes:
        capabilities: OPTIMIZATION_CAPABILITIES as they are.
        requests: the least and the most infer requests that are of use at a time, and the step.
        plugin: the plugin's version.
        properties: everything that can be read and not written, in JSON's types.
    """

    name: str
    full_name: str
    capabilities: tuple[str, ...]
    requests: tuple[int, ...]
    plugin: str
    properties: Mapping[str, object]

    @property
    def has_systolic_array(self) -> bool:
        """Whether its hardware multiplies matrices, which is what oneDNN is used for on a GPU."""
        return SYSTOLIC in self.capabilities


def describe(core: ov.Core, name: str) -> Device:
    """What a device that is there says of itself."""
    properties = dict(_read_only(core, name))
    return Device(
        name,
        str(properties.get("FULL_DEVICE_NAME", "")),
        tuple(core.get_property(name, "OPTIMIZATION_CAPABILITIES")),
        tuple(core.get_property(name, "RANGE_FOR_ASYNC_INFER_REQUESTS")),
        core.get_versions(name)[name].build_number,
        properties,
    )


def use_onednn(core: ov.Core, device: str) -> None:
    """Run what oneDNN is used for where it is used at all, a convolution."""
    image = ops.parameter([1, 16, 16, 16], np.float32)
    weights = ops.constant(np.ones((16, 16, 3, 3), np.float32))
    result = ops.convolution(image, weights, [1, 1], [0, 0], [0, 0], [1, 1])
    core.compile_model(ov.Model([result], [image]), device).create_infer_request().infer()


def _read_only(core: ov.Core, name: str) -> Mapping[str, object]:
    values = dict[str, object]()
    for key, access in core.get_property(name, "SUPPORTED_PROPERTIES").items():
        # Some ask for an argument, or are of types that have no counterpart in Python.
        with suppress(RuntimeError, TypeError):
            if access == "RO" and key != "SUPPORTED_PROPERTIES":
                values[key] = _plain(core.get_property(name, key))
    return values


def _plain(value: object) -> object:
    match value:
        case bool() | int() | float() | str():
            return value
        case dict():
            return {str(_plain(key)): _plain(entry) for key, entry in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(entry) for entry in value]
        case ov.Type():
            return value.to_string()
        case Enum():
            return value.name
        case _:
            return str(getattr(value, "name", value))
