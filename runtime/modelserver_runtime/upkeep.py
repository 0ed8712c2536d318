"""One model's versions, kept in line with its settings and its folder.

A pass looks at what is there, loads what is missing, and only then retires what is no longer
wanted. A version that serves is never given up for one that could not be loaded.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TypeAlias

from modelserver_runtime.engine.compiler import Compiled, LoadError
from modelserver_runtime.engine.registry import Registry, State, VersionState
from modelserver_runtime.engine.version import LiveVersion
from modelserver_runtime.remarks import Remarks
from modelserver_runtime.repository.layout import Offer, RepositoryError, model_file, scan
from modelserver_runtime.repository.policy import choose
from modelserver_runtime.settings import ModelSettings

logger = logging.getLogger(__name__)

Load: TypeAlias = Callable[[Path, ModelSettings], Compiled]
"""Compiles a model, in a thread of its own. Raises LoadError."""

Launch: TypeAlias = Callable[[str, int, Compiled, ModelSettings], LiveVersion]
"""Makes a compiled model ready for requests, on the event loop's thread."""


class Upkeep:
    """Keeps one model. Its passes must not overlap."""

    def __init__(self, name: str, registry: Registry, load: Load, launch: Launch) -> None:
        self._name = name
        self._registry = registry
        self._load = load
        self._launch = launch
        self._loaded_with: dict[int, ModelSettings] = {}
        self._remarks = Remarks(logger)
        registry.declare(name)

    async def reconcile(self, settings: ModelSettings) -> None:
        """One pass: load what the settings and the folder ask for, retire the rest."""
        try:
            offer = await asyncio.to_thread(scan, settings.base_path)
        except RepositoryError as error:
            self._remarks.error("scan", f"model {self._name}: {error}")
            return
        self._remarks.clear("scan")
        self._name_skipped(offer)
        wanted = await self._bring_up(offer, settings)
        await self._retire([version for version in self._loaded_with if version not in wanted])

    async def close(self) -> None:
        """Retire every version and forget the model."""
        await self._retire(list(self._loaded_with))
        self._registry.forget(self._name)

    async def _bring_up(self, offer: Offer, settings: ModelSettings) -> Collection[int]:
        """Load until the policy's choice serves; return that choice."""
        failed: set[int] = set()
        while True:
            # What could not be loaded anew but still serves counts as sound.
            broken = failed - self._loaded_with.keys()
            wanted = choose(settings.version_policy, offer.versions, broken)
            missing = [
                version
                for version in wanted
                if version not in failed and self._loaded_with.get(version) != settings
            ]
            if not missing:
                return wanted
            self._announce(missing)
            if not await self._replace(missing[0], offer.versions[missing[0]], settings):
                failed.add(missing[0])

    async def _replace(self, version: int, folder: Path, settings: ModelSettings) -> bool:
        """Load a version and put it in the place of an older incarnation, if there is one."""
        self._set_state(version, VersionState(State.LOADING))
        try:
            compiled = await asyncio.to_thread(self._read, folder, settings)
        except (LoadError, RepositoryError) as error:
            self._set_state(version, VersionState(State.LOADING, "UNKNOWN", str(error)))
            self._remarks.error(version, f"{self._label(version)} could not be loaded: {error}")
            return False
        self._remarks.clear(version)
        replaced = self._registry.live_versions(self._name).get(version)
        self._registry.publish(self._launch(self._name, version, compiled, settings))
        self._loaded_with[version] = settings
        logger.info(
            "%s is available on %s (streams: %d, infer requests: %d)",
            self._label(version),
            ", ".join(compiled.devices),
            compiled.streams,
            len(compiled.slots),
        )
        if replaced is not None:
            await replaced.drain()
        return True

    def _read(self, folder: Path, settings: ModelSettings) -> Compiled:
        return self._load(model_file(folder), settings)

    async def _retire(self, versions: Collection[int]) -> None:
        for version in versions:
            live = self._registry.withdraw(self._name, version)
            await live.drain()
            live.meter.unload()
            del self._loaded_with[version]
            self._registry.set_state(self._name, version, VersionState(State.END))
            logger.info("%s is retired", self._label(version))

    def _announce(self, missing: Collection[int]) -> None:
        states = self._registry.states(self._name)
        for version in missing:
            if version not in states or states[version].state is State.END:
                self._set_state(version, VersionState(State.START))

    def _set_state(self, version: int, state: VersionState) -> None:
        """Record the state of a version that doesn't serve; one that does stays available."""
        if version not in self._loaded_with:
            self._registry.set_state(self._name, version, state)

    def _name_skipped(self, offer: Offer) -> None:
        if offer.skipped:
            names = ", ".join(offer.skipped)
            self._remarks.warning("skipped", f"model {self._name}: no versions, skipped: {names}")
        if not offer.versions:
            self._remarks.warning("empty", f"model {self._name}: there is no version to serve")
        else:
            self._remarks.clear("empty")

    def _label(self, version: int) -> str:
        return f"model {self._name} version {version}"
