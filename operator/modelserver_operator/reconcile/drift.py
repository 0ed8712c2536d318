"""Whether an object is still what was applied, told from the object itself.

No memory of the process is needed: the object carries the hash of what was applied, and the API
server keeps, field by field, whether it is still ours. So a pass that has nothing to do writes
nothing, the first one after a restart included.
"""

from datetime import datetime, timedelta

from modelserver_operator.cluster.port import Manifest
from modelserver_operator.reconcile.managed_fields import applied_fields, lost, old_entries
from modelserver_operator.reconcile.marks import APPLIED, annotated, annotation, digest

QUIET = timedelta(minutes=5)
"""The operator before this one looks at everything each minute; if it has not written for so long,
it has gone."""


def marked(manifest: Manifest) -> Manifest:
    """The manifest with the hash of itself."""
    return annotated(manifest, {APPLIED: digest(manifest)})


def is_applied(manifest: Manifest, live: Manifest) -> bool:
    """Whether this marked manifest was the last that was applied."""
    return annotation(live, APPLIED) == annotation(manifest, APPLIED)


def taken(manifest: Manifest, live: Manifest) -> tuple[str, ...]:
    """The fields that somebody has changed or removed since."""
    return lost(manifest, live)


def foreign_until(live: Manifest, now: datetime) -> datetime | None:
    """Until when the old operator counts as at work on an object that was taken over from it."""
    if not (applied_fields(live) and annotation(live, APPLIED)):
        return None
    times = [datetime.fromisoformat(entry["time"]) for entry in old_entries(live)]
    until = max(times, default=None)
    return until + QUIET if until and until + QUIET > now else None
