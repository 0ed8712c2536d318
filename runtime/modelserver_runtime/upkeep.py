"""One model's versions, kept in line with its settings and its repository.

A pass looks at what is there, loads what is missing, and only then retires what is no longer
wanted. A version that serves is never given up for one that could not be loaded, and one whose
files change is loaded anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TypeAlias

from modelserver_runtime.engine.compiler import Compiled, LoadError
from modelserver_runtime.engine.registry import Registry
from modelserver_runtime.engine.version import LiveVersion
from modelserver_runtime.journal import Journal
from modelserver_runtime.repository.layout import model_file
from modelserver_runtime.repository.policy import choose
from modelserver_runtime.repository.source import Content, OpenSource, RepositoryError, Source
from modelserver_runtime.settings import ModelSettings, VersionPolicy

Load: TypeAlias = Callable[[Path, ModelSettings], Compiled]
"""Compiles a model, in a thread of its own. Raises LoadError."""

Launch: TypeAlias = Callable[[str, int, Compiled, ModelSettings], LiveVersion]
"""Makes a compiled model ready for requests, on the event loop's thread."""


@dataclass(frozen=True, slots=True)
class _Incarnation:
    """What a version is made from. Where this differs from what is asked for, it is made anew."""

    settings: ModelSettings
    content: Content


class Upkeep:
    """Keeps one model. Its passes must not overlap."""

    def __init__(
        self, name: str, registry: Registry, load: Load, launch: Launch, open_source: OpenSource
    ) -> None:
        self._name = name
        self._registry = registry
        self._load = load
        self._launch = launch
        self._open_source = open_source
        self._sources: dict[str, Source] = {}
        self._loaded: dict[int, _Incarnation] = {}
        self._seen: Mapping[int, Content] = {}
        self._journal = Journal(name, registry)
        registry.declare(name)

    async def reconcile(self, settings: ModelSettings, *, patient: bool) -> None:
        """One pass: load what the settings and the repository ask for, retire the rest.

        Args:
            patient: leave alone what has changed since the last look: somebody may be writing it.
        """
        try:
            source = self._source(settings.base_path)
            offer = await asyncio.to_thread(source.look)
        except RepositoryError as error:
            self._journal.unreadable(str(error))
            return
        self._journal.seen(offer)
        there = {
            version: _Incarnation(settings, content) for version, content in offer.versions.items()
        }
        moving = self._moving(offer.versions) if patient else frozenset[int]()
        self._seen = offer.versions
        failed = await self._bring_up(settings.version_policy, source, there, moving)
        await self._tidy({version: there[version] for version in failed})

    async def rest(self) -> None:
        """Retire every version, until the next pass."""
        await self._retire(list(self._loaded))
        await self._tidy({})

    async def close(self) -> None:
        """Retire every version and forget the model."""
        await self.rest()
        self._registry.forget(self._name)

    def _source(self, base_path: str) -> Source:
        if base_path not in self._sources:
            self._sources[base_path] = self._open_source(self._name, base_path)
        return self._sources[base_path]

    def _moving(self, there: Mapping[int, Content]) -> frozenset[int]:
        """The versions that are not as the last look saw them."""
        return frozenset(version for version in there if self._seen.get(version) != there[version])

    async def _bring_up(
        self,
        policy: VersionPolicy,
        source: Source,
        there: Mapping[int, _Incarnation],
        moving: Collection[int],
    ) -> Collection[int]:
        """Load until the policy's choice serves, retire the rest; return what failed to load.

        Args:
            moving: versions to leave as they are for now.
        """
        for version in choose(policy, there):
            if version in moving:
                self._journal.still_changing(version)
        passed_over = set(moving)
        while True:
            # What could not be loaded anew but still serves counts as sound.
            wanted = choose(policy, there, passed_over - self._loaded.keys())
            missing = [
                version
                for version in wanted
                if version not in passed_over and self._loaded.get(version) != there[version]
            ]
            if not missing:
                break
            self._journal.to_be_loaded(missing)
            if not await self._replace(source, missing[0], there[missing[0]]):
                passed_over.add(missing[0])
        await self._retire([version for version in self._loaded if version not in wanted])
        for version in set(wanted) - passed_over:
            self._journal.up_to_date(version)
        return passed_over.difference(moving)

    async def _replace(self, source: Source, version: int, wanted: _Incarnation) -> bool:
        """Load a version and put it in the place of an older incarnation, if there is one."""
        self._journal.loading(version)
        started = perf_counter()
        try:
            compiled = await asyncio.to_thread(self._read, source, version, wanted)
        except (LoadError, RepositoryError) as error:
            self._journal.failed(version, str(error))
            return False
        replaced = self._registry.live_versions(self._name).get(version)
        live = self._launch(self._name, version, compiled, wanted.settings)
        live.meter.load_seconds = perf_counter() - started
        self._registry.publish(live)
        self._loaded[version] = wanted
        self._journal.available(version, compiled)
        if replaced is not None:
            await replaced.drain()
        return True

    def _read(self, source: Source, version: int, wanted: _Incarnation) -> Compiled:
        path = source.fetch(version, wanted.content)
        return self._load(model_file(path), wanted.settings)

    async def _retire(self, versions: Collection[int]) -> None:
        for version in versions:
            live = self._registry.withdraw(self._name, version)
            await live.drain()
            live.meter.unload()
            del self._loaded[version]
            self._journal.retired(version)

    async def _tidy(self, failed: Mapping[int, _Incarnation]) -> None:
        """Remove downloads, but for those that serve or are tried again at the next pass."""
        kept = [
            (version, made.content) for version, made in (*failed.items(), *self._loaded.items())
        ]
        for source in self._sources.values():
            await asyncio.to_thread(source.keep, kept)
