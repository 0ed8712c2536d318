"""Which server an image runs, and so which of the command-line flags it knows.

OpenVINO Model Server (OVMS) exits at once on a flag it does not know, and flags have come and gone
between its releases. What differs is a table here, read off the argument parser of every release
from 2021.4 on; a flag that is not in the table is known to all of them.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Self

from modelserver_operator.api import ModelServer

STATEFUL_FLAGS = (
    "stateful",
    "idle_sequence_cleanup",
    "low_latency_transformation",
    "max_sequence_number",
    "sequence_cleaner_poll_wait_minutes",
)


class Family(StrEnum):
    """Who wrote the server; the values are those of `spec.server.kind`."""

    RUNTIME = "runtime"
    OVMS = "ovms"


class Release(NamedTuple):
    """A release of OVMS, such as 2024.5; patch releases never changed a flag."""

    year: int
    number: int

    @classmethod
    def find(cls, text: str) -> Self | None:
        """The release that a version or an image tag starts with: `2025.2.1`, `2026.3-gpu`."""
        found = re.match(r"(20\d\d)\.(\d+)", text)
        return cls(int(found[1]), int(found[2])) if found else None

    def __str__(self) -> str:
        return f"{self.year}.{self.number}"


NEWEST_OVMS = Release(2026, 3)


class _Span(NamedTuple):
    """The releases that know a flag: from `since` up to, but not including, `until`."""

    since: Release = Release(0, 0)
    until: Release = Release(9999, 0)


_OVMS_SPANS = {
    "cache_dir": _Span(since=Release(2022, 1)),
    "metrics_enable": _Span(since=Release(2022, 2)),
    "metrics_list": _Span(since=Release(2022, 2)),
    **dict.fromkeys(("mean", "scale", "color_format", "precision"), _Span(since=Release(2026, 0))),
    **dict.fromkeys(("max_queue_size", "device_plugins"), _Span(until=Release(0, 0))),
    **dict.fromkeys(STATEFUL_FLAGS, _Span(until=Release(2026, 3))),
}


@dataclass(frozen=True, slots=True)
class ServerKind:
    """A server, and its release if it is OVMS; our own runtime is released with the operator."""

    family: Family
    release: Release | None = None

    @property
    def is_runtime(self) -> bool:
        """Whether it is this project's own runtime rather than OVMS."""
        return self.family is Family.RUNTIME

    def knows(self, flag: str) -> bool:
        """Whether the server takes `--flag`. Sequences (`--stateful` and kin) are OVMS's alone."""
        if self.release is None:
            return flag not in STATEFUL_FLAGS
        span = _OVMS_SPANS.get(flag, _Span())
        return span.since <= self.release < span.until

    def __str__(self) -> str:
        return "modelserver-runtime" if self.release is None else f"OVMS {self.release}"


_RUNTIME = ServerKind(Family.RUNTIME)
_RUNTIME_REPOSITORY = "modelserver-runtime"
_OVMS_REPOSITORIES = {"model_server", "openvino-model-server"}


def server_kind(server: ModelServer) -> ServerKind:
    """The kind of server that a ModelServer runs.

    `spec.server` says it outright. Else the image tells: none means our runtime; a repository that
    is known, in whatever registry it is mirrored, means its server, of the release in its tag. All
    else is OVMS, since that is what the images of the operator before this one were. A release that
    cannot be told is the newest.
    """
    chosen, (repository, tag) = server.spec.server, _split_image(server.spec.image_name or "")
    match chosen.kind:
        case Family.RUNTIME:
            return _RUNTIME
        case Family.OVMS:
            return _ovms(chosen.version or tag)
    if repository in {"", _RUNTIME_REPOSITORY}:
        return _RUNTIME
    return _ovms(tag if repository in _OVMS_REPOSITORIES else "")


def _ovms(version: str) -> ServerKind:
    return ServerKind(Family.OVMS, Release.find(version) or NEWEST_OVMS)


def _split_image(image: str) -> tuple[str, str]:
    """The last part of an image's repository, and its tag: `b`, `1.2` of `r.io:5000/a/b:1.2`."""
    repository, _, tag = image.partition("@")[0].rpartition("/")[2].partition(":")
    return repository, tag
