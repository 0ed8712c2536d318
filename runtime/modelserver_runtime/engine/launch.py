"""From a compiled model to one that answers requests on the event loop."""

from __future__ import annotations

from asyncio import AbstractEventLoop

from modelserver_runtime.engine.compiler import Compiled
from modelserver_runtime.engine.cost import CostGate
from modelserver_runtime.engine.executor import Executor
from modelserver_runtime.engine.turns import Turns
from modelserver_runtime.engine.version import LiveVersion
from modelserver_runtime.metrics import Metrics


class Launcher:
    """Makes live versions that share one event loop and take turns on it."""

    def __init__(self, metrics: Metrics, loop: AbstractEventLoop) -> None:
        self._metrics = metrics
        self._loop = loop
        self._turns = Turns(loop)

    def launch(self, name: str, version: int, compiled: Compiled) -> LiveVersion:
        """Give a compiled model its queue and its meter, which keeps counting across reloads."""
        gate = CostGate(is_open=compiled.may_run_inline, first=compiled.seconds)
        executor = Executor(compiled.slots, gate, self._turns, self._loop)
        meter = self._metrics.version(name, version)
        meter.load(compiled.streams, len(compiled.slots), lambda: executor.active)
        return LiveVersion(
            name,
            version,
            compiled.inputs,
            compiled.outputs,
            executor,
            meter,
            compiled.devices,
        )
