"""Whether the client held a run back, so that its figures don't speak of the server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelserver_runtime.tools.bench.samples import Run

_BUSY: Final = 0.9  # of one core; the client's own code runs on no more
_LATE_SECONDS: Final = 0.005  # beyond what a timer is off by
_LATE_SHARE: Final = 0.05


def cpu_share(run: Run) -> float:
    """The cores that the client used on average."""
    return run.cpu_seconds / run.seconds if run.seconds else 0.0


def late_share(run: Run) -> float:
    """The part of the requests that the client sent late though a connection was free."""
    late = sum(sample.lag > _LATE_SECONDS for sample in run.samples)
    return late / len(run.samples) if run.samples else 0.0


def client_limits(run: Run) -> Iterator[str]:
    """Each way in which the client was the limit, in words."""
    if cpu_share(run) >= _BUSY:
        yield f"the client used {cpu_share(run):.0%} of a core"
    if late_share(run) >= _LATE_SHARE:
        yield (
            f"the client sent {late_share(run):.0%} of the requests "
            f"more than {_LATE_SECONDS * 1000:g} ms late"
        )
