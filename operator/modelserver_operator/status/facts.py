"""What one pass over a ModelServer did and found, handed to the status as plain data.

The pass says what is the case; the words that a user reads are chosen by the conditions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Manifest = Mapping[str, Any]

ROLL_OUT_ANNOTATION = "intel.com/roll-out"
"""On a ModelServer: a new value brings the newest rendering into force."""


class StallReason(StrEnum):
    """Why waiting will not help; the values are reasons of the condition Stalled."""

    INVALID_SPEC = "InvalidSpec"
    """No objects can be rendered from it."""
    REFUSED = "Refused"
    """The API server refuses an object that was rendered from it."""
    NAME_COLLISION = "NameCollision"
    """An object of the name that we need belongs to somebody else."""
    FOREIGN_CONTROLLER = "ForeignController"
    """Another operator goes on writing an object of ours."""
    FORBIDDEN = "Forbidden"
    """The operator lacks a right that it cannot do without."""
    DENIED = "Denied"
    """A quota, a policy or a webhook is against an object that was rendered from it."""


@dataclass(frozen=True, slots=True)
class Stall:
    """What waiting will not mend.

    Attributes:
        detail: what is wrong, such as the API server's own message or a line for each field.
        subject: the object that it is about, such as `Deployment demo-ovms`; empty for the spec.
    """

    reason: StallReason
    detail: str
    subject: str = ""


class SkipReason(StrEnum):
    """Why objects of a kind are left out."""

    NOT_INSTALLED = "NotInstalled"
    FORBIDDEN = "Forbidden"


@dataclass(frozen=True, slots=True)
class SkippedKind:
    """A kind of object that is asked for and cannot be made here, such as `ServiceMonitor`."""

    kind: str
    reason: SkipReason


@dataclass(frozen=True, slots=True)
class Missing:
    """A ConfigMap or Secret that the spec names and that is not there."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class ReplicasKept:
    """A manifest wrote a replica count under an autoscaler, and was not obeyed."""

    written: int
    kept: int


@dataclass(frozen=True, slots=True)
class PassFacts:
    """What one pass did and found.

    Attributes:
        deployment: the Deployment as the API server holds it after the pass; None where none is.
        autoscalers: every HorizontalPodAutoscaler and ScaledObject that targets the ModelServer or
            its Deployment, ours and others; KEDA's own HPAs too.
        service_monitors: every ServiceMonitor that selects its Service.
        stalled: what waiting will not mend.
        failure: what kept this pass from its end and will be tried again.
        skipped: kinds that are asked for and cannot be made here.
        missing: what the spec names and is not there.
        unseen: kinds that it has to do with and that the operator may not watch.
        left_alone: objects of our names that are not ours, and that the service can do without,
            such as `ServiceMonitor demo-ovms`.
        template_waits: whether the operator would render other pods than those in force.
        replicas_kept: the replica count that was written and not obeyed, if that happened.
        repaired: objects that somebody had changed or deleted and that were put back.
        warnings: lines for the user, each naming the field that it is about.
    """

    deployment: Manifest | None = None
    autoscalers: tuple[Manifest, ...] = ()
    service_monitors: tuple[Manifest, ...] = ()
    stalled: Stall | None = None
    failure: str | None = None
    skipped: tuple[SkippedKind, ...] = ()
    missing: tuple[Missing, ...] = ()
    unseen: tuple[str, ...] = ()
    left_alone: tuple[str, ...] = ()
    template_waits: bool = False
    replicas_kept: ReplicasKept | None = None
    repaired: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
