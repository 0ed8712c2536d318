"""How many replicas there were when, as kubectl's watch tells it."""

from __future__ import annotations

import subprocess
import threading
import time
from dataclasses import dataclass
from typing import Self

from control_plane import Kubectl
from control_plane.processes import environment
from programs import program

_COLUMNS = "jsonpath={.spec.replicas} {.status.readyReplicas}{'\\n'}"


@dataclass(frozen=True, slots=True)
class Moment:
    """Replicas from a moment of time.monotonic's clock on."""

    at: float
    wanted: int
    ready: int


class Timeline:
    """Watches a Deployment while its block lasts."""

    def __init__(self, kubectl: Kubectl, deployment: str) -> None:
        self.moments: list[Moment] = []
        self._process = subprocess.Popen(
            [
                program("kubectl"),
                *(f"--namespace={kubectl.namespace}", "get", "deployment", deployment),
                *("--watch", f"--output={_COLUMNS}"),
            ],
            stdout=subprocess.PIPE,
            text=True,
            env=environment(KUBECONFIG=str(kubectl.kubeconfig)),
        )
        self._reader = threading.Thread(target=self._read)

    def __enter__(self) -> Self:
        """Begin to read."""
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop to watch; the moments stay."""
        self._process.terminate()
        self._process.wait()
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def reach(self, ready: int, seconds: float) -> float:
        """Wait until so many replicas are wanted and ready; when that was.

        Raises:
            AssertionError: it did not happen in time.
        """
        deadline = time.monotonic() + seconds
        seen = len(self.moments) - 1  # the present counts
        while time.monotonic() < deadline:
            for moment in self.moments[max(0, seen) :]:
                if moment.wanted == moment.ready == ready:
                    return moment.at
            time.sleep(0.1)
        raise AssertionError(f"no {ready} replicas within {seconds} s: {self.moments[-5:]}")

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            wanted, _, ready = line.strip().partition(" ")
            self.moments.append(Moment(time.monotonic(), int(wanted or 0), int(ready or 0)))
