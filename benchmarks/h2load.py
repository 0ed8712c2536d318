"""Load by nghttp2's h2load: of all clients it takes least from the server beside it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import children

_FINISHED = re.compile(r"requests: .* (?P<done>\d+) done, (?P<succeeded>\d+) succeeded")
_DATA = re.compile(r"traffic: .* \((?P<data>\d+)\) data")


@dataclass(frozen=True)
class Done:
    """What a run did.

    Attributes:
        requests: those that were answered.
        cpu_seconds: processor time of the client.
    """

    requests: int
    seconds: float
    cpu_seconds: float

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


@dataclass(frozen=True)
class Post:
    """A request that is made again and again.

    Attributes:
        body: the file that is sent.
        least: bytes of an answer; a call that gRPC refuses has none, and HTTP's status 200.
        flags: further ones of h2load.
    """

    url: str
    body: Path
    headers: Mapping[str, str]
    least: int
    flags: tuple[str, ...] = ()

    def repeat(self, connections: int, seconds: float) -> Done:
        """Each connection asks again when it is answered.

        Raises:
            RuntimeError: a request failed; with h2load's words.
        """
        headers = [f"--header={name}: {value}" for name, value in self.headers.items()]
        counts = [f"--clients={connections}", f"--duration={1000 * seconds:.0f}ms"]
        told, cpu = children.run(
            [_program(), *counts, *self.flags, *headers, f"--data={self.body}", self.url]
        )
        return Done(self._answered(told), seconds, cpu)

    def _answered(self, told: str) -> int:
        finished, data = _FINISHED.search(told), _DATA.search(told)
        if not finished or not data or finished["done"] != finished["succeeded"]:
            raise RuntimeError(told)
        requests = int(finished["done"])
        if int(data["data"]) < requests * self.least:
            raise RuntimeError(f"Answers lack what was asked for:\n{told}")
        return requests


def _program() -> str:
    found = shutil.which("h2load")
    if not found:
        raise SystemExit("h2load is not there: install nghttp2-client")
    return found
