"""What is told of one model and its versions: states for clients, lines for the log."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Final

from modelserver_runtime.engine.compiler import Compiled
from modelserver_runtime.engine.registry import Registry, State, VersionState
from modelserver_runtime.remarks import Remarks
from modelserver_runtime.repository.source import Offer

logger = logging.getLogger(__name__)

_STILL_CHANGING: Final = VersionState(
    State.START, error_message="its files are still changing, it is loaded once they hold still"
)


class Journal:
    """Writes the states of a model's versions. One that serves stays available throughout."""

    def __init__(self, name: str, registry: Registry) -> None:
        self._name = name
        self._registry = registry
        self._remarks = Remarks(logger)

    def unreadable(self, reason: str) -> None:
        """The repository can't be read: nothing is changed."""
        self._registry.set_model_problem(self._name, reason)
        self._remarks.error("repository", f"model {self._name}: {reason}")

    def seen(self, offer: Offer) -> None:
        """The repository was read. What never served and is there no longer leaves no trace."""
        empty = None if offer.versions else "there is no version to serve"
        self._registry.set_model_problem(self._name, empty)
        self._remarks.clear("repository")
        self._warn("empty", empty)
        skipped = ", ".join(offer.skipped)
        self._warn("skipped", f"no versions, skipped: {skipped}" if skipped else None)
        self._registry.discard_unserved(self._name, offer.versions.keys())

    def to_be_loaded(self, versions: Collection[int]) -> None:
        """These come next."""
        states = self._registry.states(self._name)
        for version in versions:
            if version not in states or states[version].state is State.END:
                self._set_state(version, VersionState(State.START))

    def still_changing(self, version: int) -> None:
        """Somebody seems to be writing it."""
        self._set_state(version, _STILL_CHANGING)

    def loading(self, version: int) -> None:
        self._set_state(version, VersionState(State.LOADING))

    def failed(self, version: int, reason: str) -> None:
        """It could not be loaded; where it serves already, only its change could not."""
        self._remarks.error(version, f"{self._label(version)} could not be loaded: {reason}")
        if self._serves(version):
            state = VersionState(State.AVAILABLE, error_message=f"its change failed: {reason}")
            self._registry.set_state(self._name, version, state)
        else:
            self._set_state(version, VersionState(State.LOADING, "UNKNOWN", reason))

    def available(self, version: int, compiled: Compiled) -> None:
        """It was published."""
        placement = compiled.placement()
        logger.info(
            "%s is available on %s (streams: %d, infer requests: %d, cache: %s, read in %.2f s,"
            " compiled in %.2f s)",
            self._label(version),
            ", ".join(placement.devices),
            placement.streams,
            len(compiled.slots),
            compiled.cache or "off",
            compiled.read_seconds,
            compiled.compile_seconds,
        )
        for remark in compiled.remarks:
            logger.warning("%s: %s", self._label(version), remark)

    def up_to_date(self, version: int) -> None:
        """It serves what is there; should a change have failed, it was taken back."""
        self._remarks.clear(version)
        self._registry.set_state(self._name, version, VersionState(State.AVAILABLE))

    def retired(self, version: int) -> None:
        self._registry.set_state(self._name, version, VersionState(State.END))
        logger.info("%s is retired", self._label(version))

    def _serves(self, version: int) -> bool:
        return version in self._registry.live_versions(self._name)

    def _set_state(self, version: int, state: VersionState) -> None:
        if not self._serves(version):
            self._registry.set_state(self._name, version, state)

    def _warn(self, topic: str, message: str | None) -> None:
        if message is None:
            self._remarks.clear(topic)
        else:
            self._remarks.warning(topic, f"model {self._name}: {message}")

    def _label(self, version: int) -> str:
        return f"model {self._name} version {version}"
