"""What administrators ask: which models there are, in what state; load, unload, reload.

Protocol-neutral, as the dataplane is for inferences.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple, Protocol

from modelserver_runtime.engine.model_cache import CacheUse
from modelserver_runtime.engine.registry import Registry, State, VersionState
from modelserver_runtime.errors import ChangeFailed, InvalidRequest, ModelNotFound
from modelserver_runtime.settings import SettingsError

_HARMLESS: Final = frozenset({"unload_dependents"})  # there are none


class Keeper(Protocol):
    """Loads and unloads models."""

    async def reload(self) -> bool:
        """Bring all models in line with what is there; whether anything changed."""

    async def load(self, name: str) -> None:
        """Load a model. Raises ModelNotFound."""

    async def unload(self, name: str) -> None:
        """Unload a model, until it is loaded again. Raises ModelNotFound."""


class IndexEntry(NamedTuple):
    """A line of the repository index; ``version`` is empty for a model without any."""

    name: str
    version: str
    state: str
    reason: str


class Serving(NamedTuple):
    """Where a version runs now, its streams there, and what the cache did when it was loaded."""

    devices: tuple[str, ...]
    streams: int
    cache: CacheUse | None


def check_parameters(names: Iterable[str]) -> None:
    """Refuse what a load or unload can't heed, say a config or files sent along with it.

    Raises:
        InvalidRequest: a parameter is none of those that make no difference here.
    """
    if unknown := sorted(set(names) - _HARMLESS):
        raise InvalidRequest(
            f"parameter {unknown[0]!r} is not supported: the config file or the flags say how a "
            "model is served"
        )


class Administration:
    """Answers for all models. Every method may raise a ServingError."""

    def __init__(self, registry: Registry, keeper: Keeper) -> None:
        self._registry = registry
        self._keeper = keeper

    def states(self) -> Mapping[str, Mapping[int, VersionState]]:
        """Every model's versions, lowest first."""
        names = sorted(self._registry.names())
        return {name: dict(sorted(self._registry.states(name).items())) for name in names}

    def index(self, *, ready_only: bool = False) -> list[IndexEntry]:
        """Every version in Triton's terms, or those that answer."""
        entries = [entry for name in self.states() for entry in self._entries(name)]
        return [entry for entry in entries if not ready_only or entry.state == "READY"]

    def serving(self, name: str) -> Mapping[int, Serving]:
        """How the versions of a model that answer are served."""
        return {
            version: Serving(live.meter.devices, live.meter.streams, live.cache)
            for version, live in self._registry.live_versions(name).items()
        }

    async def reload(self) -> bool:
        """Look for changes now; whether there were any.

        Raises:
            ChangeFailed: the config file is not in order.
        """
        try:
            return await self._keeper.reload()
        except SettingsError as error:
            raise ChangeFailed(f"Nothing is changed: {error}") from error

    async def load(self, name: str) -> None:
        """Load a model, or what has changed of it.

        Raises:
            ModelNotFound: it is not configured.
            ChangeFailed: no version of it answers now.
        """
        try:
            await self._keeper.load(name)
        except SettingsError as error:
            raise ChangeFailed(f"Nothing is changed: {error}") from error
        if not self._registry.knows(name):
            raise ModelNotFound  # it was dropped from the config meanwhile
        if not self._registry.live_versions(name):
            reasons = "; ".join(entry.reason for entry in self._entries(name) if entry.reason)
            raise ChangeFailed(f"failed to load '{name}': {reasons}")

    async def unload(self, name: str) -> None:
        """Unload a model: it answers no more until it is loaded again. Raises ModelNotFound."""
        await self._keeper.unload(name)

    def _entries(self, name: str) -> Iterator[IndexEntry]:
        problem = self._registry.model_problem(name)
        states = self.states()[name]
        if problem or not states:
            yield IndexEntry(name, "", "UNAVAILABLE", problem or "not loaded yet")
        for version, state in states.items():
            yield IndexEntry(name, str(version), *_in_tritons_terms(state))


def _in_tritons_terms(state: VersionState) -> tuple[str, str]:
    """State and reason."""
    message = "" if state.error_message == "OK" else state.error_message
    match state.state:
        case State.AVAILABLE:
            return "READY", message
        case State.UNLOADING:
            return "UNLOADING", message
        case State.END:
            return "UNAVAILABLE", "unloaded"
        case _ if state.error_code == "OK":
            return "LOADING", message
        case _:
            return "UNAVAILABLE", message
