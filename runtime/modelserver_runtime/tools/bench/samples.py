"""What a run leaves behind: when each request was due, sent and answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Sample(NamedTuple):
    """One request; times are seconds of one monotonic clock.

    Attributes:
        client: the connection it went over, counted from 0.
        due: when it was to be sent.
        begun: when its wait began, which its latency counts from. It is ``due`` where every
            connection was busy then: the server made it wait, and must not be excused for that
            (coordinated omission). It is the time of sending where a connection was free, because
            then only the client itself was late.
        frames: its batch size.
        error: what was wrong with its answer, None if nothing was.
    """

    client: int
    due: float
    begun: float
    done: float
    frames: int
    error: str | None = None

    @property
    def latency(self) -> float:
        return self.done - self.begun

    @property
    def lag(self) -> float:
        """How late the client itself sent it."""
        return self.begun - self.due


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run.

    Attributes:
        start: by the clock of the samples.
        cpu_seconds: what the client's own process used.
    """

    start: float
    samples: list[Sample]
    cpu_seconds: float

    @property
    def seconds(self) -> float:
        """From the start to the last answer."""
        return max((sample.done for sample in self.samples), default=self.start) - self.start
