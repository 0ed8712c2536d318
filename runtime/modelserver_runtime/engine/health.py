"""Does a version's device still work?

An inference may fail because of what was sent: sizes that don't fit together are found out only
when they meet. So failures in a row are no verdict, but a reason to try inputs that have worked
before. If these fail as well, it is the device, and it is asked again until it answers.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from modelserver_runtime.errors import InferenceFailed

logger = logging.getLogger(__name__)

FAILURES: Final = 3  # in a row, after which the device is put to the test
PROBE_SECONDS: Final = 1.0  # between two tests of a device that fails

Probe = Callable[[], asyncio.Future[None]]
"""Runs an inference that has worked before. The future fails with InferenceFailed."""


class Health:
    """The verdict on one version's device, kept up to date on the event loop.

    Args:
        label: names the version in the log.
        probe: None where no inputs are known to work; then there is never a verdict.

    Attributes:
        failures: inferences that failed in a row; whoever sees one succeed sets it to 0.
        problem: why the version should get no requests; None as long as all is well.
    """

    __slots__ = ("_label", "_probe", "_probe_seconds", "_probing", "failures", "problem")

    def __init__(
        self, label: str, probe: Probe | None, probe_seconds: float = PROBE_SECONDS
    ) -> None:
        self._label = label
        self._probe = probe
        self._probe_seconds = probe_seconds
        self._probing: asyncio.Task[None] | None = None
        self.failures = 0
        self.problem: str | None = None

    def failed(self) -> None:
        """An inference failed on the device."""
        self.failures += 1
        if self.failures >= FAILURES and self._probe is not None and self._probing is None:
            self._probing = asyncio.get_running_loop().create_task(self._watch(self._probe))

    def close(self) -> None:
        """The version retires: what its device does is no longer of interest."""
        self._probe = None
        if self._probing is not None:
            self._probing.cancel()

    async def _watch(self, probe: Probe) -> None:
        try:
            while (failure := await _failure(probe)) is not None:
                self._condemn(failure)
                await asyncio.sleep(self._probe_seconds)
            self._acquit()
        finally:
            self._probing = None

    def _condemn(self, failure: str) -> None:
        if self.problem is None:
            logger.error("%s fails, and so this server is not ready: %s", self._label, failure)
        self.problem = f"{self._label} fails: {failure}"

    def _acquit(self) -> None:
        if self.problem is not None:
            logger.info("%s works again", self._label)
        self.problem = None
        self.failures = 0


async def _failure(probe: Probe) -> str | None:
    try:
        await probe()
    except InferenceFailed as error:
        return error.message
    return None
