"""Where a compiled model runs at the moment, and how many of its inferences can run at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import openvino as ov
from openvino.properties.hint import PerformanceMode

_THROUGHPUT: Final = ("THROUGHPUT", PerformanceMode.THROUGHPUT)  # devices differ in what they say
_BATCH_SIZE: Final = re.compile(r"^BATCH:.*\((\d+)\)$")


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a model runs.

    Attributes:
        devices: as OpenVINO names them. A name in parentheses helps out, while AUTO still compiles
            for the device that it has chosen.
        streams: how many inferences they run at a time.
    """

    devices: tuple[str, ...]
    streams: int


def placement(
    compiled: ov.CompiledModel, batch: int, streams_on: Callable[[str], int]
) -> Placement:
    """Where a model runs now; AUTO may answer otherwise later.

    Args:
        batch: the inferences that its device gathers to run them as one; 1 where it gathers none.
        streams_on: tells the streams that the model has on a device. It is only asked where the
            model itself does not tell: when AUTO has left a device whose inferences failed.
    """
    devices = tuple(compiled.get_property("EXECUTION_DEVICES") or ())
    streams = _number(compiled, "NUM_STREAMS")
    if streams is None:
        streams = sum(map(streams_on, devices))
    return Placement(devices, streams * batch if streams else _optimal(compiled))


def batch_size(compiled: ov.CompiledModel, target_device: str) -> int:
    """How many inferences the device gathers to run them as one; 1 where it gathers none.

    Where the batch size is OpenVINO's choice, it shows in how many requests are wanted outside the
    batches for each one that the device itself wants.
    """
    if not gathers_batches(compiled):
        return 1
    inner = _per_device(compiled, "OPTIMAL_NUMBER_OF_INFER_REQUESTS")
    if inner and _optimal(compiled) == inner:
        return 1  # a model that can't be batched is run as it is
    written = _BATCH_SIZE.match(target_device)
    return int(written[1]) if written else max(1, _optimal(compiled) // (inner or 1))


def gathers_batches(compiled: ov.CompiledModel) -> bool:
    """Whether the model was compiled for automatic batching."""
    return "AUTO_BATCH_TIMEOUT" in compiled.get_property("SUPPORTED_PROPERTIES")


def own_streams(compiled: ov.CompiledModel) -> int | None:
    """How many inferences run at once; None with batches, and where devices may be several."""
    if gathers_batches(compiled):
        return None
    with suppress(RuntimeError):
        return int(compiled.get_property("NUM_STREAMS")) or None
    return None


def infer_requests(compiled: ov.CompiledModel) -> int:
    """How many to keep ready, unless a user says.

    A CPU calls as many optimal as it has streams. For throughput each stream gets a second one that
    waits, so that the stream goes on at once while an answer is written, as GPUs have it anyway.
    """
    optimal, streams = _optimal(compiled), own_streams(compiled)
    return max(optimal, 2 * streams) if streams and _is_for_throughput(compiled) else optimal


def _is_for_throughput(compiled: ov.CompiledModel) -> bool:
    with suppress(RuntimeError):
        return compiled.get_property("PERFORMANCE_HINT") in _THROUGHPUT
    return False


def total(compiled: ov.CompiledModel, number: str) -> int:
    """A property of the device, or of all devices together behind AUTO, MULTI, HETERO and BATCH.

    It is 0 where no device has such a property.
    """
    return _number(compiled, number) or 0


def _number(compiled: ov.CompiledModel, number: str) -> int | None:
    with suppress(RuntimeError):
        return int(compiled.get_property(number))
    return _per_device(compiled, number)


def _per_device(compiled: ov.CompiledModel, number: str) -> int | None:
    with suppress(RuntimeError):
        return _sum(compiled.get_property("DEVICE_PROPERTIES"), number)
    return None


def _sum(devices: Mapping[str, Mapping[str, Any]], number: str) -> int:
    return sum(
        _sum(device["DEVICE_PROPERTIES"], number)
        if "DEVICE_PROPERTIES" in device
        else int(device.get(number, 0))
        for device in devices.values()
    )


def _optimal(compiled: ov.CompiledModel) -> int:
    return int(compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))
