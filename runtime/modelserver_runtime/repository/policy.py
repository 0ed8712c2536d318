"""Which versions of a model to serve, of those that are there."""

from __future__ import annotations

from collections.abc import Collection

from modelserver_runtime.settings import AllVersions, Latest, Specific, VersionPolicy


def choose(
    policy: VersionPolicy, there: Collection[int], broken: Collection[int] = ()
) -> tuple[int, ...]:
    """The versions to serve, the newest first.

    A version in ``broken`` could not be loaded: ``Latest`` takes the next older one in its place,
    the other policies do without.
    """
    sound = tuple(version for version in sorted(there, reverse=True) if version not in broken)
    match policy:
        case Latest(count):
            return sound[:count]
        case AllVersions():
            return sound
        case Specific(versions):
            return tuple(version for version in sound if version in versions)
