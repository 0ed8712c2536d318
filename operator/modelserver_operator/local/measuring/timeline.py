"""What happened during a play: a moment for each second, and events in words."""

from dataclasses import dataclass, field

from modelserver_operator.local.measuring.metrics import Traffic


@dataclass(frozen=True, slots=True)
class Moment:
    """One second of one ModelServer.

    Attributes:
        at: seconds since the play began.
        ready: replicas that take traffic.
        desired: replicas that are wanted.
        ratio: requests in progress per execution stream, the mean of the replicas; None if unknown.
        target: the ratio that the autoscaler aims for; None without one.
        traffic: what clients saw in the last seconds.
    """

    at: float
    ready: int
    desired: int
    ratio: float | None
    target: float | None
    traffic: Traffic


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened; `mark` is its label in the picture, none if empty."""

    at: float
    server: str
    text: str
    mark: str = ""


@dataclass(slots=True)
class Timeline:
    """All moments by name of the ModelServer, and all events, both in order of time."""

    moments: dict[str, list[Moment]] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def latest(self, server: str) -> Moment | None:
        """The last moment of a ModelServer."""
        moments = self.moments.get(server)
        return moments[-1] if moments else None
