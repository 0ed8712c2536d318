"""What it takes from a model's file to its first answer, step by step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter

import openvino as ov

from modelserver_runtime.engine import devices
from modelserver_runtime.engine.compilation import Compilation
from modelserver_runtime.engine.compiler import LoadError, read, settle
from modelserver_runtime.engine.explain import explain
from modelserver_runtime.engine.model_cache import CacheUse
from modelserver_runtime.engine.shapes import spec
from modelserver_runtime.engine.text import with_text_exposed
from modelserver_runtime.engine.warm_up import blanks
from modelserver_runtime.settings import ModelSettings, SettingsError

Infer = Callable[[], object]
"""Infers once in the calling thread, with inputs of zeros. Raises RuntimeError if that fails."""


@dataclass(frozen=True, slots=True)
class FirstInference:
    """A start, in seconds: reading and compiling, the first inference, the one after it."""

    load: float
    first: float
    next: float
    cache: CacheUse | None


def first_inference(
    core: ov.Core, path: Path, settings: ModelSettings, threads: int | None
) -> FirstInference:
    """Load a model and infer twice; arguments and errors are those of compiler.load."""
    began = perf_counter()
    infer, cache = bare(core, path, settings, threads)
    loaded = perf_counter()
    try:
        infer()
        first = perf_counter()
        infer()
    except RuntimeError as error:
        raise LoadError(explain(error)) from error
    return FirstInference(loaded - began, first - loaded, perf_counter() - first, cache)


def bare(
    core: ov.Core, path: Path, settings: ModelSettings, threads: int | None
) -> tuple[Infer, CacheUse | None]:
    """A model loaded and nothing more, without the warm-up that a server adds."""
    devices.register(core, settings.device_plugins)
    try:
        model = read(core, path, settings)
        settle(model, settings)
        target = devices.choose(core, settings.target_device)
        served = with_text_exposed(model)
        compiled, cache = Compilation(core, path, settings, threads).run(served, target.device)
        inputs = blanks([spec(port) for port in compiled.inputs])
    except (RuntimeError, SettingsError) as error:
        raise LoadError(devices.refusal(core, settings.target_device) or explain(error)) from error
    return partial(compiled.create_infer_request().infer, inputs), cache
