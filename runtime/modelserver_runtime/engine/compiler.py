"""From a model's files to something that can infer: read, reshape, compile, warm up."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import numpy as np
import openvino as ov

from modelserver_runtime.engine import sparse_weights
from modelserver_runtime.engine.explain import explain
from modelserver_runtime.engine.mapping import renamed
from modelserver_runtime.engine.open_shapes import OpenModel, open_model
from modelserver_runtime.engine.plugin_config import properties
from modelserver_runtime.engine.preprocess import preprocess
from modelserver_runtime.engine.shapes import new_shapes, open_inputs, spec
from modelserver_runtime.engine.slot import Slot
from modelserver_runtime.engine.text import with_text_exposed
from modelserver_runtime.settings import ModelSettings, PluginValue, SettingsError
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
        has_run: whether the warm-up went well.
        open: makes others like it for the shapes that requests bring, where they may bring any.
    """

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    slots: tuple[Slot, ...]
    streams: int
    devices: tuple[str, ...]
    may_run_inline: bool
    seconds: float | None
    has_run: bool
    open: OpenModel[Compiled] | None = None


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
        model = preprocess(renamed(core.read_model(path), path), settings)
        compile_model = partial(_compile, core, settings, properties(settings, threads))
        return _shape(model, settings, compile_model)
    except SettingsError as error:
        raise LoadError(str(error)) from error
    except Exception as error:
        raise LoadError(explain(error)) from error


def _shape(
    model: ov.Model, settings: ModelSettings, compile_model: Callable[[ov.Model], Compiled]
) -> Compiled:
    """Compile the model in the shapes that the settings give it, or its own."""
    shapes = new_shapes(model.inputs, settings) or {}
    opened = open_inputs(model.inputs, settings)
    settled = {key: shape for key, shape in shapes.items() if key not in opened}
    if settled:
        model.reshape(settled)
    compiled = compile_model(model)
    if not opened:
        return compiled
    return replace(compiled, open=open_model(model, shapes, opened, compile_model))


def _compile(
    core: ov.Core,
    settings: ModelSettings,
    plugin_config: Mapping[str, PluginValue],
    model: ov.Model,
) -> Compiled:
    signature = _Signature(tuple(map(spec, model.inputs)), tuple(map(spec, model.outputs)))
    served = with_text_exposed(model)
    compiled = core.compile_model(served, settings.target_device, plugin_config)
    dynamic = served.is_dynamic()
    prepared = _prepare(compiled, signature, settings.nireq, is_dynamic=dynamic)
    for note in sparse_weights.inspect(model, compiled, plugin_config):
        logger.log(note.level, "model %s: %s", settings.name, note.text)
    return prepared


def _prepare(
    compiled: ov.CompiledModel, signature: _Signature, nireq: int, *, is_dynamic: bool
) -> Compiled:
    inputs, outputs = signature
    optimal = compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")
    may_run_inline = _may_run_inline(compiled, is_dynamic=is_dynamic)
    slots = tuple(
        Slot(compiled.create_infer_request(), inputs, outputs) for _ in range(nireq or optimal)
    )
    has_run = _warm_up(slots[0], inputs)
    return Compiled(
        inputs,
        outputs,
        slots,
        streams=_total(compiled, "NUM_STREAMS") or optimal,
        devices=tuple(compiled.get_property("EXECUTION_DEVICES")),
        may_run_inline=may_run_inline,
        seconds=_timed(slots[0]) if has_run and may_run_inline else None,
        has_run=has_run,
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


def _warm_up(slot: Slot, inputs: Sequence[TensorSpec]) -> bool:
    """Infer once, which does what a device leaves for its first time; whether that went well.

    Where sizes are open any choice is a guess that the model may refuse: it is served all the same.
    """
    try:
        slot.bind(blanks(inputs))
        slot.start(_ignore)
        slot.settle()
    except RuntimeError as error:
        if all(_is_static(tensor) for tensor in inputs):
            raise
        logger.debug("warm-up with the smallest shapes failed: %s", explain(error))
        return False
    return True


def _ignore() -> None:
    """What there is to do when a warm-up has ended."""


def _timed(slot: Slot) -> float:
    """What an inference with the same inputs takes, inline, in seconds."""
    started = perf_counter()
    slot.run()
    return perf_counter() - started


def blanks(inputs: Sequence[TensorSpec]) -> list[Array]:
    """What a model is warmed up with: the smallest inputs, of zeros or empty strings."""
    return [_blank(tensor) for tensor in inputs]


def _blank(tensor: TensorSpec) -> Array:
    shape = [max(1, axis.min) for axis in tensor.shape or ()]
    filler = b"" if tensor.datatype is Datatype.BYTES else 0
    return np.full(shape, filler, NUMPY_DTYPES[tensor.datatype])


def _is_static(tensor: TensorSpec) -> bool:
    return tensor.shape is not None and all(axis.is_static for axis in tensor.shape)
