"""From a model's files to something that can infer: read, reshape, compile, warm up."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import perf_counter, sleep
from typing import NamedTuple

import openvino as ov

from modelserver_runtime.engine import devices, sparse_weights
from modelserver_runtime.engine.compilation import Compilation
from modelserver_runtime.engine.explain import explain
from modelserver_runtime.engine.mapping import renamed
from modelserver_runtime.engine.model_cache import CacheUse
from modelserver_runtime.engine.open_shapes import OpenModel, open_model
from modelserver_runtime.engine.placement import (
    Placement,
    batch_size,
    gathers_batches,
    infer_requests,
    own_streams,
    placement,
    total,
)
from modelserver_runtime.engine.preprocess import preprocess
from modelserver_runtime.engine.profiling import profile
from modelserver_runtime.engine.release import QUIET_SECONDS, wind_down
from modelserver_runtime.engine.shapes import new_shapes, open_inputs, spec
from modelserver_runtime.engine.slot import Slot
from modelserver_runtime.engine.text import with_text_exposed
from modelserver_runtime.engine.warm_up import blanks, timed, warm_up
from modelserver_runtime.kernels.layers import Layer
from modelserver_runtime.settings import ModelSettings, SettingsError
from modelserver_runtime.tensors import TensorSpec

logger = logging.getLogger(__name__)


class LoadError(Exception):
    """A model that cannot be served, in one line that says why."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A model that is ready to infer.

    Attributes:
        slots: its infer requests.
        batch: how many of them, one after the other, share a batch; 1 where inferences run alone.
        streams: how many of them run at once; None where that isn't sure, or may change.
        may_run_inline: whether an inference may run in its caller's thread.
        seconds: what one inference takes in there, where the warm-up could tell.
        has_run: whether the warm-up went well.
        placement: tells where it runs now; AUTO may move it later.
        profile: measures an inference layer by layer.
        wind_down: gets it ready to be released, and tells the seconds until it may be.
        cache: what the cache did for it; None where there is none.
        remarks: what its user should know although it can be served.
        read_seconds: what reading it took.
        compile_seconds: what compiling it took, the first inferences included.
        open: makes others like it for the shapes that requests bring, where they may bring any.
    """

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    slots: tuple[Slot, ...]
    batch: int
    streams: int | None
    may_run_inline: bool
    seconds: float | None
    has_run: bool
    placement: Callable[[], Placement]
    profile: Callable[[], list[Layer]]
    wind_down: Callable[[], float]
    cache: CacheUse | None = None
    remarks: tuple[str, ...] = ()
    read_seconds: float = 0.0
    compile_seconds: float = 0.0
    open: OpenModel[Compiled] | None = None


class _Signature(NamedTuple):
    """What a model takes and gives, as its clients see it."""

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]


def load(
    core: ov.Core,
    path: Path,
    settings: ModelSettings,
    threads: int | None,
    *,
    profiling: bool = False,
) -> Compiled:
    """Make a model ready; takes as long as that takes, and lets other threads run meanwhile.

    Args:
        path: what OpenVINO reads, a file or a SavedModel's folder.
        threads: those that fit the CPU limit, None where there is none.
        profiling: whether its profile is to tell the time of every layer, which costs a little.

    Raises:
        LoadError: the model, its settings or the device do not allow it.
    """
    devices.register(core, settings.device_plugins)
    started = perf_counter()
    try:
        model = read(core, path, settings)
        read_at = perf_counter()
        target = devices.choose(core, settings.target_device)
        compilation = Compilation(core, path, settings, threads, profiling)
        compiled = _shape(model, settings, partial(_compile, compilation, target))
        return replace(
            compiled,
            remarks=(*target.remarks, *compiled.remarks),
            read_seconds=read_at - started,
            compile_seconds=perf_counter() - read_at,
        )
    except SettingsError as error:
        raise LoadError(str(error)) from error
    except Exception as error:
        sleep(QUIET_SECONDS)  # the warm-up may be what has failed
        refusal = devices.refusal(core, settings.target_device)
        raise LoadError(refusal or explain(error)) from error


def read(core: ov.Core, path: Path, settings: ModelSettings) -> ov.Model:
    """A model under the names and with the conversions that its clients know it by."""
    return preprocess(renamed(core.read_model(path), path), settings)


def settle(
    model: ov.Model, settings: ModelSettings
) -> tuple[Mapping[str, ov.PartialShape], Collection[str]]:
    """Give the model the shapes that its settings name.

    Returns:
        All shapes that its inputs accept by the settings, and the inputs whose shape is left to
        the requests, which keep their own.
    """
    shapes = new_shapes(model.inputs, settings) or {}
    opened = open_inputs(model.inputs, settings)
    settled = {name: shape for name, shape in shapes.items() if name not in opened}
    if settled:
        model.reshape(settled)
    return shapes, opened


def _shape(
    model: ov.Model, settings: ModelSettings, compile_model: Callable[[ov.Model], Compiled]
) -> Compiled:
    """Compile the model in the shapes that the settings give it, or its own."""
    shapes, opened = settle(model, settings)
    compiled = compile_model(model)
    if not opened:
        return compiled
    return replace(compiled, open=open_model(model, shapes, opened, compile_model))


def _compile(compilation: Compilation, target: devices.Target, model: ov.Model) -> Compiled:
    signature = _Signature(tuple(map(spec, model.inputs)), tuple(map(spec, model.outputs)))
    served = with_text_exposed(model)
    compiled, cache = compilation.run(served, target.device)
    streams_on = partial(compilation.streams, served) if target.may_move else _unknown
    settings, dynamic = compilation.settings, served.is_dynamic()
    ready = _prepare(compiled, signature, settings, streams_on, is_dynamic=dynamic)
    for note in sparse_weights.inspect(model, compiled, compilation.properties(target.device)):
        logger.log(note.level, "model %s: %s", settings.name, note.text)
    return replace(ready, cache=cache)


def _unknown(_device: str) -> int:
    return 0


def _prepare(
    compiled: ov.CompiledModel,
    signature: _Signature,
    settings: ModelSettings,
    streams_on: Callable[[str], int],
    *,
    is_dynamic: bool,
) -> Compiled:
    inputs, outputs = signature
    batch = batch_size(compiled, settings.target_device)
    wanted = settings.nireq or infer_requests(compiled)
    count = math.ceil(wanted / batch) * batch
    slots = tuple(Slot(compiled.create_infer_request(), inputs, outputs) for _ in range(count))
    may_run_inline = _may_run_inline(compiled, is_dynamic=is_dynamic)
    has_run = warm_up(slots[:batch], inputs)
    return Compiled(
        inputs,
        outputs,
        slots,
        batch,
        own_streams(compiled),
        may_run_inline,
        seconds=timed(slots[0]) if has_run and may_run_inline else None,
        has_run=has_run,
        placement=partial(placement, compiled, batch, streams_on),
        profile=partial(profile, compiled, blanks([spec(port) for port in compiled.inputs])),
        wind_down=partial(wind_down, compiled),
        remarks=() if count == wanted else (_rounded(wanted, count, batch),),
    )


def _rounded(wanted: int, count: int, batch: int) -> str:
    return f"nireq {wanted} does not fill batches of {batch}, {count} is used"


def _may_run_inline(compiled: ov.CompiledModel, *, is_dynamic: bool) -> bool:
    """Whether OpenVINO's synchronous call is of use.

    Where inferences are gathered to batches, a lone synchronous one waits out the batch timeout.
    And where the CPU has a single thread, an error in it that dynamic shapes cause, say two inputs
    that don't fit together, gets lost: the answer is garbage, or the process aborts.
    """
    if gathers_batches(compiled):
        return False
    return not is_dynamic or total(compiled, "INFERENCE_NUM_THREADS") != 1
