"""Which key is worked next, and when: the queue's rules without its clock and its tasks.

Time is an argument everywhere, so a test can live through a day of retries in a millisecond. Two
kinds of wishes are told apart. A user's (a spec, a config map, a child that somebody deleted) is
urgent: it goes first, and waits for nothing. An echo of the operator's own writes, and the regular
look at everything, can wait until the key has rested.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush

from modelserver_operator.controller.keys import Key

Backoff = Callable[[int], float]
"""Seconds to wait after so many failures in a row, from 1."""


@dataclass(frozen=True, slots=True)
class Again:
    """The pass went well; look again after so many seconds even if nothing happens."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Failed:
    """The pass did not end as it should; `at_least` is how long the other side asked to wait."""

    at_least: float = 0.0


@dataclass(frozen=True, slots=True)
class Gone:
    """The ModelServer is no more, and its key can be forgotten."""


Verdict = Again | Failed | Gone


@dataclass(order=True, frozen=True, slots=True)
class Place:
    """A key's place in the line: `due` is when it may be worked, in the clock's seconds."""

    relaxed: bool
    due: float
    turn: int
    key: Key = field(compare=False)


class Schedule:
    """Keys that wait, that are worked, and that rest after it. A key is never worked twice at once.

    Args:
        backoff: how long a key rests after failures.
        rest_seconds: how long a key rests after a pass that went well, so that the many events
            which one pass causes become one more pass.
    """

    def __init__(self, backoff: Backoff, rest_seconds: float) -> None:
        self._backoff = backoff
        self._rest_seconds = rest_seconds
        self._waiting: dict[Key, Place] = {}
        self._lines: tuple[list[Place], list[Place]] = ([], [])
        self._wished: dict[Key, bool | None] = {}
        self._rested: dict[Key, float] = {}
        self._failures: dict[Key, int] = {}
        self._turns = 0

    def add(self, key: Key, now: float, *, urgent: bool = False) -> None:
        """Wish for a pass that starts after this moment."""
        if key in self._wished:
            self._wished[key] = urgent or bool(self._wished[key])
        else:
            self._wait(key, now if urgent else max(now, self._rested.get(key, now)), urgent=urgent)

    def take(self, now: float) -> Place | None:
        """The next key to work, if any is due; it is being worked until `done` is said of it."""
        for line in self._lines:
            self._drop_outdated(line)
            if line and line[0].due <= now:
                place = heappop(line)
                del self._waiting[place.key]
                self._wished[place.key] = None
                return place
        return None

    def done(self, key: Key, now: float, verdict: Verdict) -> None:
        """Say how the pass over a key ended, which decides when the next one is."""
        wish = self._wished.pop(key)
        failures = self._failures.pop(key, 0)
        match verdict:
            case Again(seconds):
                self._rested[key] = now + self._rest_seconds
                self._wait(key, now + seconds, urgent=False)
            case Failed(at_least):
                self._failures[key] = failures + 1
                self._rested[key] = now + max(at_least, self._backoff(failures + 1))
                self._wait(key, self._rested[key], urgent=False)
            case Gone():
                self._rested.pop(key, None)
        if wish is not None:
            self.add(key, now, urgent=wish)

    def next_due(self) -> float | None:
        """When `take` will have a key, if nothing is added until then."""
        for line in self._lines:
            self._drop_outdated(line)
        return min((line[0].due for line in self._lines if line), default=None)

    def depth(self, now: float) -> int:
        """How many keys are due and not yet worked."""
        return sum(place.due <= now for place in self._waiting.values())

    @property
    def active(self) -> int:
        """How many keys are being worked."""
        return len(self._wished)

    def _wait(self, key: Key, due: float, *, urgent: bool) -> None:
        """Put a key in line, unless it has a place that is as good."""
        known = self._waiting.get(key)
        if known is not None:
            due, urgent = min(due, known.due), urgent or not known.relaxed
            if (due, urgent) == (known.due, not known.relaxed):
                return
        self._turns += 1
        place = Place(not urgent, due, self._turns, key)
        self._waiting[key] = place
        heappush(self._lines[place.relaxed], place)

    def _drop_outdated(self, line: list[Place]) -> None:
        """A better place leaves the old one in line, since a heap can't be searched."""
        while line and self._waiting.get(line[0].key) is not line[0]:
            heappop(line)
