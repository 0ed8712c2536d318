"""When which request is sent.

A closed loop sends a connection's next request once its last one is answered: it measures what a
server can do. An open loop sends at a given rate whatever the answers do, as users do: it measures
what they see.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from itertools import accumulate, count, cycle, islice, repeat, takewhile
from random import Random
from typing import Final, NamedTuple

from modelserver_runtime.tools.bench.apis.port import AskFailed, Client
from modelserver_runtime.tools.bench.options import Arrivals, LoadOptions
from modelserver_runtime.tools.bench.samples import Run, Sample

_SEED: Final = 0  # the same line sends at the same times

_now = time.perf_counter


class EncodedRequest(NamedTuple):
    """What travels, and how many frames are in it."""

    body: bytes
    frames: int


class Turn(NamedTuple):
    """A request's time to go; see Sample."""

    due: float
    begun: float


async def run(
    clients: Sequence[Client],
    requests: Sequence[EncodedRequest],
    options: LoadOptions,
    samples: list[Sample],
) -> Run:
    """Send the requests in turn over open connections, one at most on each.

    Args:
        samples: where each request is noted as soon as it is answered.
    """
    start, cpu_seconds = _now(), time.process_time()
    turns = cycle(requests)
    async with asyncio.TaskGroup() as tasks:
        for number, pace in enumerate(_paces(len(clients), start, options)):
            tasks.create_task(_send(number, clients[number], pace, turns, samples.append))
    return Run(start, samples, time.process_time() - cpu_seconds)


def arrivals(options: LoadOptions) -> Iterator[float]:
    """When an open loop's requests are due, in seconds from its start."""
    rate = options.rate or 0.0
    match options.arrivals:
        case Arrivals.CONSTANT:
            times: Iterator[float] = (number / rate for number in count())
        case Arrivals.POISSON:
            random = Random(_SEED)  # noqa: S311  # no secret
            times = accumulate(random.expovariate(rate) for _ in repeat(None))
    if options.duration is not None:
        duration = options.duration
        times = takewhile(lambda due: due < duration, times)
    return islice(times, options.steps)


def _paces(clients: int, start: float, options: LoadOptions) -> Iterator[AsyncIterator[Turn]]:
    """For each client, when it is to send. In an open loop whoever is free first takes the next."""
    if options.rate is None:
        return (_closed_loop(start, options) for _ in range(clients))
    schedule = (start + offset for offset in arrivals(options))
    return (_open_loop(schedule) for _ in range(clients))


async def _closed_loop(start: float, options: LoadOptions) -> AsyncIterator[Turn]:
    for _ in islice(count(), options.steps):
        now = _now()
        if options.duration is not None and now >= start + options.duration:
            return
        yield Turn(now, now)


async def _open_loop(schedule: Iterator[float]) -> AsyncIterator[Turn]:
    for due in schedule:
        seconds = due - _now()
        if seconds > 0:
            await asyncio.sleep(seconds)
        yield Turn(due, _now() if seconds > 0 else due)


async def _send(
    number: int,
    client: Client,
    pace: AsyncIterator[Turn],
    requests: Iterator[EncodedRequest],
    note: Callable[[Sample], None],
) -> None:
    async for due, begun in pace:
        body, frames = next(requests)
        error = None
        try:
            await client.ask(body)
        except AskFailed as failure:
            error = str(failure)
        note(Sample(number, due, begun, _now(), frames, error))
