"""The API server's audit log: who did what, in order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})

# One line for each finished request, and one when a watch begins; bodies stay out.
POLICY = """\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: Metadata
"""


@dataclass(frozen=True, slots=True)
class Request:
    """One line of the log.

    Attributes:
        resource: As in RBAC: `deployments`, `modelservers/status`.
    """

    user: str
    agent: str
    verb: str
    group: str
    resource: str
    namespace: str
    name: str
    code: int

    @property
    def writes(self) -> bool:
        """Whether it was meant to change something."""
        return self.verb in WRITES


class AuditLog:
    """What was asked of the API server since the log began or a mark was set."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def mark(self) -> int:
        """A place in the log, to read from there on."""
        return self._file.stat().st_size

    def since(self, mark: int = 0) -> Iterator[Request]:
        """The finished requests after a mark."""
        with self._file.open("rb") as log:
            log.seek(mark)
            for line in log:
                # The last line may still be in the writing.
                if line.endswith(b"\n") and (request := _request(json.loads(line))):
                    yield request


def _request(event: dict[str, Any]) -> Request | None:
    target = event.get("objectRef")
    if target is None:
        return None
    parts = [target.get("resource", ""), target.get("subresource", "")]
    return Request(
        user=event["user"].get("username", ""),
        agent=event.get("userAgent", ""),
        verb=event["verb"],
        group=target.get("apiGroup", ""),
        resource="/".join(filter(None, parts)),
        namespace=target.get("namespace", ""),
        name=target.get("name", ""),
        code=event.get("responseStatus", {}).get("code", 0),
    )
