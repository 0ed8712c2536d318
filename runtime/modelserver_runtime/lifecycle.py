"""What is served, brought in line with what is asked for, again and again.

Every model has passes of its own, one at a time, so that a model that takes minutes to compile or
cannot be loaded at all never keeps another one waiting; but for those behind AUTO, which wait for
the ones of higher priority.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from typing import TypeAlias

from modelserver_runtime.engine.model_priority import goes_before, rank
from modelserver_runtime.engine.registry import Registry
from modelserver_runtime.errors import ModelNotFound
from modelserver_runtime.remarks import Remarks
from modelserver_runtime.repository.source import OpenSource
from modelserver_runtime.settings import ModelSettings, SettingsError
from modelserver_runtime.upkeep import Launch, Load, Upkeep

logger = logging.getLogger(__name__)

Source: TypeAlias = Callable[[], Sequence[ModelSettings]]
"""The models to serve, as they are asked for now; called in a thread. Raises SettingsError."""


class Lifecycle:
    """Serves the models of a source for as long as ``run`` does.

    A model that was unloaded on request stays so, whatever polls find, until it is loaded on
    request; or until the source has dropped it and names it again.

    Attributes:
        first_pass_done: every model was tried once; those that can be served are.
    """

    def __init__(
        self,
        source: Source,
        registry: Registry,
        load: Load,
        launch: Launch,
        open_source: OpenSource,
    ) -> None:
        self._source = source
        self._registry = registry
        self._load = load
        self._launch = launch
        self._open_source = open_source
        self._wanted: Mapping[str, ModelSettings] = {}
        self._unloaded: set[str] = set()
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
            await self.start_passes(patient=True)

    async def start_passes(self, *, patient: bool = False) -> None:
        """Start a pass for every model that has none under way.

        Args:
            patient: leave alone what has changed since the last pass: somebody may be writing it.
        """
        try:
            await self._read_source()
        except SettingsError as error:
            self._remarks.error("source", f"nothing is changed: {error}")
            return
        self._remarks.clear("source")
        for name in self._in_order():
            if name not in self._passes:
                self._start_pass(name, patient=patient)

    async def reload(self) -> bool:
        """Bring every model in line with what is there now; whether that changed anything.

        Raises:
            SettingsError: the source can't be read, and nothing is changed.
        """
        before = self._registry.changes
        await self._read_source()
        await asyncio.gather(*(self._pass_now(name) for name in self._in_order()))
        return self._registry.changes != before

    async def load(self, name: str) -> None:
        """Load a model, or what has changed of it, whether or not it was unloaded.

        Raises:
            SettingsError: the source can't be read, and nothing is changed.
            ModelNotFound: it names no such model.
        """
        await self._read_source()
        if name not in self._wanted:
            raise ModelNotFound
        self._unloaded.discard(name)
        await self._pass_now(name)

    async def unload(self, name: str) -> None:
        """Retire every version of a model. Raises ModelNotFound."""
        if name not in self._upkeeps:
            raise ModelNotFound
        self._unloaded.add(name)
        await self._pass_now(name)

    async def _read_source(self) -> None:
        models = await asyncio.to_thread(self._source)
        self._wanted = {model.name: model for model in models}

    async def idle(self) -> None:
        """Return once no pass is under way."""
        while self._passes:
            await asyncio.wait(self._passes.values())

    @property
    def is_busy(self) -> bool:
        """Whether a pass is under way, and so perhaps a thread that compiles."""
        return bool(self._passes)

    async def _pass_now(self, name: str) -> None:
        """Start a pass after the one under way, if there is one, and wait for its end."""
        while name in self._passes:
            await asyncio.wait([self._passes[name]])
        await asyncio.wait([self._start_pass(name)])

    def _start_pass(self, name: str, *, patient: bool = False) -> asyncio.Task[None]:
        settings = self._wanted.get(name)
        if settings is None:
            work = self._drop(name)
        elif name in self._unloaded:
            work = self._upkeep(name).rest()
        else:
            work = self._in_turn(settings, self._ahead_of(settings), patient=patient)
        self._passes[name] = task = asyncio.create_task(self._guarded(name, work))
        return task

    def _in_order(self) -> Sequence[str]:
        """Those to drop, and then those to serve, by their priority."""
        dropped = self._upkeeps.keys() - self._wanted.keys()
        return [*dropped, *sorted(self._wanted, key=lambda name: rank(self._wanted[name]))]

    def _ahead_of(self, settings: ModelSettings) -> Collection[asyncio.Task[None]]:
        wanted = self._wanted
        return [
            task
            for name, task in self._passes.items()
            if name in wanted and goes_before(wanted[name], settings)
        ]

    async def _in_turn(
        self, settings: ModelSettings, ahead: Collection[asyncio.Task[None]], *, patient: bool
    ) -> None:
        if ahead:
            await asyncio.wait(ahead)
        await self._upkeep(settings.name).reconcile(settings, patient=patient)

    def _upkeep(self, name: str) -> Upkeep:
        if name not in self._upkeeps:
            self._upkeeps[name] = Upkeep(
                name, self._registry, self._load, self._launch, self._open_source
            )
        return self._upkeeps[name]

    async def _drop(self, name: str) -> None:
        self._unloaded.discard(name)
        if upkeep := self._upkeeps.get(name):
            await upkeep.close()
            del self._upkeeps[name]

    async def _guarded(self, name: str, work: Coroutine[None, None, None]) -> None:
        try:
            await work
        except Exception:
            logger.exception("model %s: an unexpected error, tried again at the next poll", name)
        finally:
            del self._passes[name]
