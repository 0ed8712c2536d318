"""From a compiled model to one that answers requests on the event loop."""

from __future__ import annotations

import asyncio
import math
from asyncio import AbstractEventLoop
from collections.abc import Callable

from modelserver_runtime.engine.compiler import Compiled
from modelserver_runtime.engine.cost import CostGate
from modelserver_runtime.engine.executor import Executor, Timing
from modelserver_runtime.engine.health import Health, Probe
from modelserver_runtime.engine.open_shapes import OpenModel, Sizes
from modelserver_runtime.engine.shape_cache import ShapeCache
from modelserver_runtime.engine.turns import Turns
from modelserver_runtime.engine.version import InferenceQueue, LiveVersion
from modelserver_runtime.engine.warm_up import blanks
from modelserver_runtime.metrics import Metrics, VersionMeter
from modelserver_runtime.settings import ModelSettings
from modelserver_runtime.tensors import Array


class Launcher:
    """Makes live versions that share one event loop and take turns on it."""

    def __init__(self, metrics: Metrics, loop: AbstractEventLoop) -> None:
        self._metrics = metrics
        self._loop = loop
        self._turns = Turns(loop)

    def launch(
        self, name: str, version: int, compiled: Compiled, settings: ModelSettings
    ) -> LiveVersion:
        """Give a compiled model its queue and its meter, which keeps counting across reloads."""
        queue = self._queue(compiled)
        slots = len(compiled.slots)
        described = compiled.open or compiled
        return LiveVersion(
            name,
            version,
            described.inputs,
            described.outputs,
            queue,
            self._meter(name, version, compiled, lambda: queue.active),
            Health(f"model {name} version {version}", _probe(compiled, queue)),
            compiled.placement,
            compiled.profile,
            compiled.cache,
            capacity=slots + settings.max_queue_size if settings.max_queue_size else math.inf,
        )

    def _meter(
        self, name: str, version: int, compiled: Compiled, active: Callable[[], int]
    ) -> VersionMeter:
        placement = compiled.placement()
        meter = self._metrics.version(name, version)
        meter.load(placement.streams, len(compiled.slots), active)
        meter.move(placement.devices, placement.streams)
        meter.loaded_from_cache = None if compiled.cache is None else compiled.cache.hit
        return meter

    def _queue(self, compiled: Compiled) -> Executor | ShapeCache:
        executor = self._executor(compiled)
        if compiled.open is None:
            return executor
        return self._shape_cache(compiled.open, compiled, executor)

    def _shape_cache(
        self, model: OpenModel[Compiled], first: Compiled, executor: Executor
    ) -> ShapeCache:
        async def compile_for(sizes: Sizes) -> Executor:
            return self._executor(await asyncio.to_thread(model.compile, sizes))

        sizes = [first.inputs[position].static_shape for position in model.positions]
        settled = tuple(size for size in sizes if size is not None)
        ready = {settled: executor} if len(settled) == len(sizes) else {}
        return ShapeCache(model.positions, compile_for, ready, self._loop)

    def _executor(self, compiled: Compiled) -> Executor:
        gate = CostGate(is_open=compiled.may_run_inline, first=compiled.seconds)
        return Executor(
            compiled.slots,
            gate,
            self._turns,
            self._loop,
            compiled.batch,
            compiled.streams,
            compiled.wind_down,
        )


def _probe(compiled: Compiled, queue: InferenceQueue) -> Probe | None:
    inputs = compiled.inputs
    return (lambda: queue.submit(blanks(inputs), _ignore)) if compiled.has_run else None


def _ignore(_outputs: list[Array], _timing: Timing) -> None:
    """What becomes of a probe's outputs."""
