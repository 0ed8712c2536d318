"""Real time: a clock that never goes back, and a beat."""

import asyncio
import time
from collections.abc import AsyncIterator

now = time.monotonic


async def every(seconds: float) -> AsyncIterator[float]:
    """The time, after each period; beats that were missed are not made up for."""
    due = now() + seconds
    while True:
        await asyncio.sleep(due - now())
        yield now()
        due = max(due + seconds, now())
