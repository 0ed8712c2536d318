"""Notices when AUTO moves a model to another device.

It starts on the CPU while it compiles for the device of its choice, and leaves a device whose
inferences fail. Nothing tells of that, so it is asked for.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import Final

from modelserver_runtime.engine.placement import Placement
from modelserver_runtime.engine.registry import Registry
from modelserver_runtime.engine.version import LiveVersion

logger = logging.getLogger(__name__)

_SECONDS: Final = 1.0  # between two looks


async def watch_devices(registry: Registry) -> None:
    """Keep every meter's devices and streams up to date, for as long as the server runs."""
    while True:
        await asyncio.sleep(_SECONDS)
        # In a thread: while AUTO compiles for another device, it lets the one who asks wait.
        for live, now in await asyncio.to_thread(moved, list(registry.all_live())):
            if registry.serves(live):
                _follow(live, now)


def moved(versions: Iterable[LiveVersion]) -> list[tuple[LiveVersion, Placement]]:
    """The versions that no longer run where their meters say, with where they run now."""
    placements = ((live, _placement(live)) for live in versions)
    return [(live, now) for live, now in placements if now.devices != live.meter.devices]


def _placement(live: LiveVersion) -> Placement:
    try:
        return live.placement()
    except RuntimeError:  # between two devices, or retired just now
        return Placement(live.meter.devices, live.meter.streams)


def _follow(live: LiveVersion, now: Placement) -> None:
    logger.info(
        "model %s version %d has moved from %s to %s (streams: %d)",
        live.name,
        live.version,
        ", ".join(live.meter.devices),
        ", ".join(now.devices),
        now.streams,
    )
    live.meter.move(now.devices, now.streams)
