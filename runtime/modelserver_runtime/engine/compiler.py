"""From a model's files to something that can infer: read, reshape, compile, warm up."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import numpy as np
import openvino as ov

from modelserver_runtime.engine.explain import explain
from modelserver_runtime.engine.plugin_config import properties
from modelserver_runtime.engine.shapes import new_shapes, spec
from modelserver_runtime.engine.slot import Slot
from modelserver_runtime.engine.text import expose_text
from modelserver_runtime.settings import ModelSettings, SettingsError
from modelserver_runtime.tensors import NUMPY_DTYPES, Array, Datatype, TensorSpec

logger = logging.getLogger(__name__)


class LoadError(Exception):
    """A model that cannot be served, in one line that says why."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A model that is ready to infer.

    Attributes:
        slots: its infer requests.
        streams: how many inferences its devices run at a time.
        devices: those it was compiled for.
        may_run_inline: whether an inference may run in its caller's thread.
        seconds: what one inference takes in there, where the warm-up could tell.
    """

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    slots: tuple[Slot, ...]
    streams: int
    devices: tuple[str, ...]
    may_run_inline: bool
    seconds: float | None


class _Signature(NamedTuple):
    """What a model takes and gives, as its clients see it."""

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]


def load(core: ov.Core, path: Path, settings: ModelSettings, threads: int | None) -> Compiled:
    """Make a model ready; takes as long as that takes, and lets other threads run meanwhile.

    Args:
        path: what OpenVINO reads, a file or a SavedModel's folder.
        threads: those that fit the CPU limit, None where there is none.

    Raises:
        LoadError: the model, its settings or the device do not allow it.
    """
    try:
        model = _read(core, path, settings)
        signature = _Signature(tuple(map(spec, model.inputs)), tuple(map(spec, model.outputs)))
        expose_text(model)
        device = settings.target_device
        compiled = core.compile_model(model, device, properties(settings, threads))
        return _prepare(compiled, signature, settings.nireq, is_dynamic=model.is_dynamic())
    except SettingsError as error:
        raise LoadError(str(error)) from error
    except Exception as error:
        raise LoadError(explain(error)) from error


def _read(core: ov.Core, path: Path, settings: ModelSettings) -> ov.Model:
    model = core.read_model(path)
    shapes = new_shapes(model.inputs, settings)
    if shapes is not None:
        model.reshape(shapes)
    return model


def _prepare(
    compiled: ov.CompiledModel, signature: _Signature, nireq: int, *, is_dynamic: bool
) -> Compiled:
    inputs, outputs = signature
    optimal = compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")
    may_run_inline = _may_run_inline(compiled, is_dynamic=is_dynamic)
    slots = tuple(
        Slot(compiled.create_infer_request(), inputs, outputs) for _ in range(nireq or optimal)
    )
    return Compiled(
        inputs,
        outputs,
        slots,
        streams=_total(compiled, "NUM_STREAMS") or optimal,
        devices=tuple(compiled.get_property("EXECUTION_DEVICES")),
        may_run_inline=may_run_inline,
        seconds=_warm_up(slots[0], inputs, inline=may_run_inline),
    )


def _may_run_inline(compiled: ov.CompiledModel, *, is_dynamic: bool) -> bool:
    """Whether OpenVINO's synchronous call is of use.

    Where inferences are gathered to batches, a lone synchronous one waits out the batch timeout.
    And where the CPU has a single thread, an error in it that dynamic shapes cause, say two inputs
    that don't fit together, gets lost: the answer is garbage, or the process aborts.
    """
    if "AUTO_BATCH_TIMEOUT" in compiled.get_property("SUPPORTED_PROPERTIES"):
        return False
    return not is_dynamic or _total(compiled, "INFERENCE_NUM_THREADS") != 1


def _total(compiled: ov.CompiledModel, number: str) -> int:
    """A property of the device, or of all devices together behind AUTO, MULTI and HETERO.

    It is 0 where no device has such a property.
    """
    with suppress(RuntimeError):
        return int(compiled.get_property(number))
    with suppress(RuntimeError):
        devices = compiled.get_property("DEVICE_PROPERTIES").values()
        return sum(int(device.get(number, 0)) for device in devices)
    return 0


def _warm_up(slot: Slot, inputs: Sequence[TensorSpec], *, inline: bool) -> float | None:
    """Infer once, which does what a device leaves for its first time; then again for the time.

    Where sizes are open any choice is a guess that the model may refuse: it is served all the same.
    """
    try:
        slot.bind([_blank(tensor) for tensor in inputs])
        slot.start(_ignore)
        slot.settle()
    except RuntimeError as error:
        if all(_is_static(tensor) for tensor in inputs):
            raise
        logger.debug("warm-up with the smallest shapes failed: %s", explain(error))
        return None
    return _timed(slot) if inline else None


def _ignore() -> None:
    """What there is to do when a warm-up has ended."""


def _timed(slot: Slot) -> float:
    started = perf_counter()
    slot.run()
    return perf_counter() - started


def _blank(tensor: TensorSpec) -> Array:
    shape = [max(1, axis.min) for axis in tensor.shape or ()]
    filler = b"" if tensor.datatype is Datatype.BYTES else 0
    return np.full(shape, filler, NUMPY_DTYPES[tensor.datatype])


def _is_static(tensor: TensorSpec) -> bool:
    return tensor.shape is not None and all(axis.is_static for axis in tensor.shape)
