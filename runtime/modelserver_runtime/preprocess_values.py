"""Values that say how inputs are converted: layout, color, precision, mean and scale.

Their spelling is OpenVINO Model Server's, that of config.json and of the command line alike. So is
the order of the two parts, which differs: ``layout`` and ``precision`` name what clients send
first, ``color_format`` names it last.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from typing import Final

from modelserver_runtime.option_values import json_object
from modelserver_runtime.settings import Conversion, Layouts, PerChannel, SettingsError

COLOR_FORMATS: Final = ("RGB", "BGR", "GRAY", "NV12", "NV12_2", "I420", "I420_3")
PRECISIONS: Final = (
    *("BF16", "FP16", "FP32", "FP64"),
    *("INT8", "INT16", "INT32", "INT64"),
    *("UINT8", "UINT16", "UINT32", "UINT64"),
)
_AXES: Final = re.compile(r"(?:[NCHWD?]|\.\.\.)+")


def layouts(value: object) -> Layouts:
    """``NHWC:NCHW``, ``NCHW`` where nothing is converted, or an object of both by tensor."""
    if isinstance(value, str) and not value.lstrip().startswith("{"):
        return _layout(value)
    return {name: _layout(layout) for name, layout in json_object(value).items()}


def _layout(value: object) -> Conversion:
    if not isinstance(value, str):
        raise SettingsError(f"{value!r} is not text like NHWC:NCHW")
    client, colon, model = value.replace(" ", "").upper().partition(":")
    parts = (client, model) if colon else (client, client)
    if not all(map(_AXES.fullmatch, parts)):
        raise SettingsError(
            f"{value!r} is not a layout like NHWC:NCHW, made of N, C, H, W, D, ? and ..."
        )
    return Conversion(*parts)


def color_format(value: object) -> Conversion:
    """``RGB:NV12``: the model takes RGB, clients send NV12."""
    model, client = _two_of(COLOR_FORMATS, value)
    return Conversion(client, model)


def precision(value: object) -> Conversion:
    """``UINT8:FP32``: clients send UINT8, the model takes FP32."""
    return Conversion(*_two_of(PRECISIONS, value))


def _two_of(names: Collection[str], value: object) -> tuple[str, str]:
    parts = value.upper().split(":") if isinstance(value, str) else []
    if len(parts) != 2 or not set(names).issuperset(parts):
        raise SettingsError(f"{value!r} is not two of {', '.join(names)} with a colon between")
    return parts[0], parts[1]


def per_channel(value: object) -> PerChannel:
    """A number, or a list of numbers, one for each channel; either maybe as text."""
    if isinstance(value, str):
        text = value.strip()
        is_list = text[:1] + text[-1:] in ("[]", "()")
        value = text[1:-1].split(",") if is_list else text
    return tuple(map(_number, value)) if value and isinstance(value, list) else _number(value)


def _number(value: object) -> float:
    try:
        number = math.nan if isinstance(value, bool) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise SettingsError(f"{value!r} is not a number")
    return number
