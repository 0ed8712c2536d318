"""Which models there are, in what state, and which versions answer."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum

from modelserver_runtime.engine.version import LiveVersion
from modelserver_runtime.errors import (
    ModelNotFound,
    VersionNotFound,
    VersionNotLoaded,
    VersionRetired,
)


class State(IntEnum):
    """A version's life, numbered as in TensorFlow Serving's get_model_status.proto."""

    START = 10
    LOADING = 20
    AVAILABLE = 30
    UNLOADING = 40
    END = 50


@dataclass(frozen=True, slots=True)
class VersionState:
    """Where a version is in its life, and what went wrong if something did."""

    state: State
    error_code: str = "OK"
    error_message: str = "OK"


class Registry:
    """All models by name. It is read by every request, and written by the lifecycle alone.

    Attributes:
        changes: how often a model or a version of one came or went.
    """

    def __init__(self) -> None:
        self._states: dict[str, dict[int, VersionState]] = {}
        self._live: dict[str, dict[int, LiveVersion]] = {}
        self._problems: dict[str, str] = {}
        self.changes = 0

    def declare(self, name: str) -> None:
        """The model is configured, whether or not a version of it is there yet."""
        self.changes += name not in self._states
        self._states.setdefault(name, {})
        self._live.setdefault(name, {})

    def set_state(self, name: str, version: int, state: VersionState) -> None:
        """Record what became of a version of a declared model."""
        self._states[name][version] = state

    def set_model_problem(self, name: str, problem: str | None) -> None:
        """Record what keeps a declared model as a whole from being looked after, if anything."""
        if problem is None:
            self._problems.pop(name, None)
        else:
            self._problems[name] = problem

    def discard_unserved(self, name: str, there: Collection[int]) -> None:
        """Forget the versions that never came to serve and are not there any longer."""
        self._states[name] = {
            version: state
            for version, state in self._states[name].items()
            if version in there or state.state not in (State.START, State.LOADING)
        }

    def publish(self, live: LiveVersion) -> None:
        """From now on the version answers."""
        self.changes += 1
        self._live[live.name] = dict(sorted({**self._live[live.name], live.version: live}.items()))
        self.set_state(live.name, live.version, VersionState(State.AVAILABLE))

    def withdraw(self, name: str, version: int) -> LiveVersion:
        """From now on the version gets no new request; those in flight go on."""
        self.changes += 1
        self.set_state(name, version, VersionState(State.UNLOADING))
        return self._live[name].pop(version)

    def forget(self, name: str) -> None:
        """The model is no longer configured. Its versions have been withdrawn before."""
        del self._states[name]
        del self._live[name]
        self._problems.pop(name, None)
        self.changes += 1

    def find(self, name: str, version: int | None) -> LiveVersion:
        """The version that answers: the one asked for, or else the highest there is.

        Raises:
            ModelNotFound, VersionNotFound, VersionRetired, VersionNotLoaded
        """
        live = self._live.get(name)
        if live is None:
            raise ModelNotFound
        if version is None:
            return self._newest(live)
        if version in live:
            return live[version]
        raise self._absence(name, version)

    @staticmethod
    def _newest(live: Mapping[int, LiveVersion]) -> LiveVersion:
        if not live:
            raise VersionNotLoaded
        return live[max(live)]

    def _absence(self, name: str, version: int) -> Exception:
        match self._states[name].get(version):
            case None:
                return VersionNotFound()
            case VersionState(State.UNLOADING | State.END):
                return VersionRetired()
            case _:
                return VersionNotLoaded()

    def live_versions(self, name: str) -> Mapping[int, LiveVersion]:
        """The versions of a declared model that answer, lowest first."""
        return self._live[name]

    def problem(self) -> str | None:
        """Why no requests should be sent here: a device that fails; None as long as none does."""
        lives = (live for versions in self._live.values() for live in versions.values())
        return next((live.health.problem for live in lives if live.health.problem), None)

    def all_live(self) -> Iterator[LiveVersion]:
        """Every version of every model that answers."""
        for versions in self._live.values():
            yield from versions.values()

    def serves(self, live: LiveVersion) -> bool:
        """Whether this very version still answers, and has not been replaced or withdrawn."""
        return self._live.get(live.name, {}).get(live.version) is live

    def states(self, name: str) -> Mapping[int, VersionState]:
        """Every version of a declared model that was ever seen."""
        return self._states[name]

    def model_problem(self, name: str) -> str | None:
        """What set_model_problem said last."""
        return self._problems.get(name)

    def knows(self, name: str) -> bool:
        """Whether a model of that name is configured."""
        return name in self._states

    def names(self) -> Iterator[str]:
        yield from self._states
