"""A progress bar on standard error, for as long as a person looks on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final, TextIO

from modelserver_runtime.tools.bench.options import LoadOptions
from modelserver_runtime.tools.bench.samples import Sample

_WIDTH: Final = 30
_PERIOD: Final = 0.2  # seconds
_ERASE_LINE: Final = "\r\x1b[K"


@asynccontextmanager
async def shown(
    samples: Sequence[Sample], options: LoadOptions, terminal: TextIO
) -> AsyncIterator[None]:
    """Show how far ``samples`` have come, where ``terminal`` is one."""
    if not terminal.isatty():
        yield
        return
    drawing = asyncio.create_task(_draw(samples, options, terminal))
    try:
        yield
    finally:
        drawing.cancel()
        terminal.write(_ERASE_LINE)
        terminal.flush()


def bar(done: int, failed: int, seconds: float, options: LoadOptions) -> str:
    """One line: how much of the run is behind, and what it has brought so far."""
    share = min(1.0, max(_share_of_steps(done, options), _share_of_time(seconds, options)))
    filled = round(share * _WIDTH)
    rate = done / seconds if seconds else 0.0
    failures = f", {failed} failed" if failed else ""
    return f"[{'#' * filled:<{_WIDTH}}] {share:4.0%}  {done} requests{failures}, {rate:.0f}/s"


def _share_of_steps(done: int, options: LoadOptions) -> float:
    if options.steps is None:
        return 0.0
    clients = options.concurrency if options.rate is None else 1
    return done / (options.steps * clients)


def _share_of_time(seconds: float, options: LoadOptions) -> float:
    return 0.0 if options.duration is None else seconds / options.duration


async def _draw(samples: Sequence[Sample], options: LoadOptions, terminal: TextIO) -> None:
    start = time.monotonic()
    seen = failed = 0
    while True:
        new = samples[seen:]
        seen += len(new)
        failed += sum(sample.error is not None for sample in new)
        line = bar(seen, failed, time.monotonic() - start, options)
        terminal.write(f"{_ERASE_LINE}{line}")
        terminal.flush()
        await asyncio.sleep(_PERIOD)
