"""Programs as processes: started, waited for, ended by their own id."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import httpx


class NotReady(Exception):
    """A program ended, or did not become ready in time; with the last lines of its log."""


class Process:
    """A program that runs until it is stopped, can be started again, and writes a log."""

    def __init__(
        self,
        command: Sequence[str | Path],
        log: Path,
        ready: Callable[[], bool],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._command = command
        self._ready = ready
        self._environment = environment
        self._running: subprocess.Popen[bytes] | None = None
        self.log = log

    @property
    def pid(self) -> int:
        """The id of the running process."""
        assert self._running is not None, "not started"
        return self._running.pid

    def spawn(self) -> None:
        """Start it, and don't wait."""
        with self.log.open("ab") as log:
            # In a group of its own: Ctrl-C is for the tests, which end it in its turn.
            self._running = subprocess.Popen(
                self._command,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment,
                process_group=0,
            )

    def start(self, seconds: float = 60) -> None:
        """Start it, and return when it is ready.

        Raises:
            NotReady: It ended, or wasn't ready in time.
        """
        self.spawn()
        self.wait_until_ready(seconds)

    def wait_until_ready(self, seconds: float = 60) -> None:
        """Return when it is ready.

        Raises:
            NotReady: It ended, or wasn't ready in time.
        """
        deadline = time.monotonic() + seconds
        while not self._ready():
            if not self.runs() or time.monotonic() > deadline:
                self.stop()
                last = "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])
                raise NotReady(f"{self._command[0]} is not ready:\n{last}")
            time.sleep(0.05)

    def runs(self) -> bool:
        """Whether the process is there."""
        return self._running is not None and self._running.poll() is None

    def stop(self, how: signal.Signals = signal.SIGTERM, seconds: float = 20) -> int:
        """End it, by force where it doesn't go by itself; what it returned."""
        if self._running is None:
            return 0
        if self._running.poll() is None:
            self._running.send_signal(how)
        try:
            return self._running.wait(seconds)
        except subprocess.TimeoutExpired:
            self._running.kill()
            return self._running.wait()


def free_port() -> int:
    """A port of the loopback interface that nobody uses now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def environment(**more: str) -> dict[str, str]:
    """This process' environment without what would lead a client to another cluster."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("KUBE")}
    return ours | more


def answers(url: str) -> bool:
    """Whether a server says that it is well."""
    with suppress(httpx.TransportError):
        return httpx.get(url, verify=False).is_success  # no secret is told
    return False
