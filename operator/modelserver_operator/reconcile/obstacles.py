"""What keeps a pass from writing anything at all."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from modelserver_operator.cluster.port import Manifest
from modelserver_operator.reconcile.children import NEEDED, Child, child_of
from modelserver_operator.reconcile.drift import foreign_until
from modelserver_operator.reconcile.managed_fields import old_entries
from modelserver_operator.reconcile.ownership import Claim, claim, holder
from modelserver_operator.reconcile.survey import Survey
from modelserver_operator.status.facts import Stall, StallReason

_LEFTOVER_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why nothing is written, and when to look again.

    Attributes:
        stall: what the user has to settle; None where it settles itself.
        after: seconds until it may be settled; None where events will tell.
    """

    detail: str
    stall: Stall | None = None
    after: float | None = None


def obstacle(
    server: Manifest, wanted: Iterable[Manifest], survey: Survey, now: datetime
) -> Obstacle | None:
    """The first thing in the way of the manifests, if there is one."""
    children = [child_of(manifest) for manifest in wanted]
    found = (
        _obstacle(server, child, survey.live[child], now)
        for child in children
        if child in survey.live
    )
    return next((one for one in found if one is not None), None)


def _obstacle(server: Manifest, child: Child, live: Manifest, now: datetime) -> Obstacle | None:
    match claim(child.kind, live, server):
        case Claim.BEREFT:
            detail = f"{child} of an earlier {holder(live)} is still being deleted"
            return Obstacle(detail, after=_LEFTOVER_SECONDS)
        case Claim.FOREIGN if child.kind in NEEDED:
            return _collision(child, holder(live))
        case Claim.OURS if until := foreign_until(live, now):
            manager = old_entries(live)[0]["manager"]
            return _fight(child, manager, (until - now).total_seconds())
    return None


def _collision(child: Child, owner: str) -> Obstacle:
    detail = f"{child} belongs to {owner}"
    return Obstacle(detail, Stall(StallReason.NAME_COLLISION, detail, str(child)))


def _fight(child: Child, manager: str, seconds: float) -> Obstacle:
    detail = f"{manager} has written {child} after it was taken over"
    stall = Stall(StallReason.FOREIGN_CONTROLLER, detail, str(child))
    return Obstacle(detail, stall, seconds)
