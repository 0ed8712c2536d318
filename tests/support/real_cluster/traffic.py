"""A server under load over both protocols, and whether a change of it is felt."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Self

import numpy as np

from control_plane import Kubectl
from real_cluster.figures import record
from real_cluster.load import Load


@dataclass(frozen=True, slots=True)
class Traffic:
    """Load while a block lasts.

    Attributes:
        title: of the file of results.
    """

    kubectl: Kubectl
    title: str
    loads: tuple[Load, Load]

    @classmethod
    @contextmanager
    def on(
        cls, kubectl: Kubectl, title: str, rate: float, grpc_connections: int, retries: int = 0
    ) -> Iterator[Self]:
        """So many requests a second to the server named ocr, half of them over each protocol."""
        rest = Load(kubectl, "ocr-ovms", "ocr", 16, rate / 2, retries=retries)
        grpc = Load(
            kubectl, "ocr-ovms", "ocr", grpc_connections, rate / 2, grpc=True, retries=retries
        )
        with rest, grpc:
            time.sleep(5)  # every connection has been made
            yield cls(kubectl, title, (rest, grpc))

    @contextmanager
    def unharmed(self, change: str, *, killed: bool = False) -> Iterator[None]:
        """Hold that no request fails within the block; what it took is recorded.

        Args:
            killed: a server is, with requests in its hands, which may be asked again.
        """
        seen = len(self._harms(killed))
        since = time.monotonic()
        yield
        figures = {"seconds": round(time.monotonic() - since, 1), "p99 s": self._p99(since)}
        record(self.title, **{change: figures})
        assert self._harms(killed)[seen:] == []

    def _harms(self, killed: bool) -> list[str]:
        """What went wrong so far, in the order of time."""
        of_one = [load.failures if killed else load.failures + load.retried for load in self.loads]
        return sorted(chain.from_iterable(of_one), key=lambda told: float(told.split()[0]))

    def _p99(self, since: float) -> float:
        """Of the requests that were due from a moment on, in seconds."""
        latencies = [latency for load in self.loads for latency in tuple(load.latencies)]
        took = [seconds for due, seconds in latencies if due >= since]
        return round(float(np.quantile(took, 0.99)), 3)
