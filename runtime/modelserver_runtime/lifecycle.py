"""What is served, brought in line with what is asked for, again and again.

Every model has passes of its own, one at a time, so that a model that takes minutes to compile or
cannot be loaded at all never keeps another one waiting.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import TypeAlias

from modelserver_runtime.engine.registry import Registry
from modelserver_runtime.remarks import Remarks
from modelserver_runtime.settings import ModelSettings, SettingsError
from modelserver_runtime.upkeep import Launch, Load, Upkeep

logger = logging.getLogger(__name__)

Source: TypeAlias = Callable[[], Sequence[ModelSettings]]
"""The models to serve, as they are asked for now; called in a thread. Raises SettingsError."""


class Lifecycle:
    """Serves the models of a source for as long as ``run`` does.

    Attributes:
        first_pass_done: every model was tried once; those that can be served are.
    """

    def __init__(self, source: Source, registry: Registry, load: Load, launch: Launch) -> None:
        self._source = source
        self._registry = registry
        self._load = load
        self._launch = launch
        self._upkeeps: dict[str, Upkeep] = {}
        self._passes: dict[str, asyncio.Task[None]] = {}
        self._remarks = Remarks(logger)
        self.first_pass_done = False

    async def run(self, poll_seconds: float) -> None:
        """Load everything once, then look for changes at each poll; 0 seconds is never."""
        await self.start_passes()
        await self.idle()
        self.first_pass_done = True
        while poll_seconds:
            await asyncio.sleep(poll_seconds)
            await self.start_passes()

    async def start_passes(self) -> None:
        """Start a pass for every model that has none under way."""
        try:
            models = await asyncio.to_thread(self._source)
        except SettingsError as error:
            self._remarks.error("source", f"nothing is changed: {error}")
            return
        self._remarks.clear("source")
        wanted = {model.name: model for model in models}
        for name in {**self._upkeeps, **wanted}:
            if name not in self._passes:
                self._start_pass(name, wanted.get(name))

    async def idle(self) -> None:
        """Return once no pass is under way."""
        while self._passes:
            await asyncio.wait(self._passes.values())

    @property
    def is_busy(self) -> bool:
        """Whether a pass is under way, and so perhaps a thread that compiles."""
        return bool(self._passes)

    def _start_pass(self, name: str, settings: ModelSettings | None) -> None:
        work = self._drop(name) if settings is None else self._keep(settings)
        self._passes[name] = asyncio.create_task(self._guarded(name, work))

    async def _keep(self, settings: ModelSettings) -> None:
        upkeep = self._upkeeps.get(settings.name)
        if upkeep is None:
            upkeep = Upkeep(settings.name, self._registry, self._load, self._launch)
            self._upkeeps[settings.name] = upkeep
        await upkeep.reconcile(settings)

    async def _drop(self, name: str) -> None:
        await self._upkeeps[name].close()
        del self._upkeeps[name]

    async def _guarded(self, name: str, work: Coroutine[None, None, None]) -> None:
        try:
            await work
        except Exception:
            logger.exception("model %s: an unexpected error, tried again at the next poll", name)
        finally:
            del self._passes[name]
