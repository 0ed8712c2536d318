"""A container's HTTP probes, with the kubelet's meaning of periods, time-outs and thresholds."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Probe:
    """One `httpGet` probe; times in seconds, thresholds in answers in a row."""

    path: str
    port: str
    initial_delay: float
    period: float
    timeout: float
    successes: int
    failures: int


@dataclass(frozen=True, slots=True)
class Probes:
    """The three probes of a container; one that is absent counts as passed."""

    startup: Probe | None
    readiness: Probe | None
    liveness: Probe | None


Check = Callable[[Probe], Awaitable[bool]]


def probes(container: Mapping[str, Any]) -> Probes:
    """Read the probes of a container manifest."""
    return Probes(
        startup=_probe(container.get("startupProbe")),
        readiness=_probe(container.get("readinessProbe")),
        liveness=_probe(container.get("livenessProbe")),
    )


def _probe(manifest: Mapping[str, Any] | None) -> Probe | None:
    if manifest is None:
        return None
    return Probe(
        path=manifest["httpGet"]["path"],
        port=manifest["httpGet"]["port"],
        initial_delay=manifest.get("initialDelaySeconds", 0),
        period=manifest.get("periodSeconds", 10),
        timeout=manifest.get("timeoutSeconds", 1),
        successes=manifest.get("successThreshold", 1),
        failures=manifest.get("failureThreshold", 3),
    )


async def until(probe: Probe, check: Check, *, healthy: bool) -> None:
    """Probe until enough answers in a row are good (or bad, with `healthy=False`)."""
    needed = probe.successes if healthy else probe.failures
    in_a_row = 0
    while True:
        in_a_row = in_a_row + 1 if await check(probe) == healthy else 0
        if in_a_row >= needed:
            return
        await asyncio.sleep(probe.period)
