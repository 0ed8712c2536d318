"""Whether watches are alive: what is written to the Lease must come back through one.

A watch whose connection was cut off silently looks like a cluster in which nothing happens.
"""

from collections.abc import Callable

SILENCE_SECONDS = 75.0
"""The longest that a renewal may take to be seen."""


class Canary:
    """Renewals of the Lease that were made, and those that a watch has shown.

    While nobody renews it, as when the API server is away, or nobody may watch it, nothing can be
    said, and nothing is.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._unseen_since: float | None = None
        self._is_watched = False

    def watched(self, is_watched: bool) -> None:
        """Whether the Lease is watched from now on."""
        if is_watched and not self._is_watched:
            self._unseen_since = None
        self._is_watched = is_watched

    def renewed(self) -> None:
        """The API server has taken a renewal."""
        if self._unseen_since is None:
            self._unseen_since = self._clock()

    def seen(self) -> None:
        """A watch has shown the Lease."""
        self._unseen_since = None

    @property
    def alive(self) -> bool:
        """Whether renewals are seen in time."""
        since = self._unseen_since if self._is_watched else None
        return since is None or self._clock() - since <= SILENCE_SECONDS
