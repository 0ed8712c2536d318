"""When requests are sent, and from when their latency counts."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from itertools import islice, pairwise
from statistics import fmean, pstdev
from time import sleep

import pytest

from modelserver_runtime.tools.bench import load
from modelserver_runtime.tools.bench.apis.port import AskFailed
from modelserver_runtime.tools.bench.load import EncodedRequest
from modelserver_runtime.tools.bench.options import Arrivals, LoadOptions
from modelserver_runtime.tools.bench.samples import Run

CONSTANT = Arrivals.CONSTANT


@dataclass
class SlowClient:
    """Takes its time for each request, and remembers it."""

    seconds: float = 0.0
    asked: list[bytes] = field(default_factory=list)

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def ask(self, request: bytes) -> None:
        self.asked.append(request)
        await asyncio.sleep(self.seconds)
        if request == b"bad":
            raise AskFailed("no")


async def send(
    *clients: SlowClient, bodies: tuple[bytes, ...] = (b"a",), **options: float | Arrivals
) -> Run:
    requests = [EncodedRequest(body, 1) for body in bodies]
    return await load.run(clients, requests, LoadOptions(len(clients), **options), [])


async def test_a_closed_loop_sends_so_many_requests_over_each_connection() -> None:
    clients = SlowClient(), SlowClient()
    await send(*clients, steps=3)
    assert [len(client.asked) for client in clients] == [3, 3]


async def test_requests_take_turns() -> None:
    client = SlowClient()
    await send(client, bodies=(b"a", b"b"), steps=4)
    assert client.asked == [b"a", b"b", b"a", b"b"]


async def test_a_closed_loop_sends_nothing_once_its_time_is_over() -> None:
    run = await send(SlowClient(0.02), duration=0.05)
    assert max(sample.begun for sample in run.samples) < run.start + 0.05


async def test_a_latency_lasts_from_sending_to_the_answer() -> None:
    run = await send(SlowClient(0.05), steps=2)
    assert all(0.045 < sample.latency < 5 for sample in run.samples)


async def test_a_failure_is_noted_and_the_load_goes_on() -> None:
    run = await send(SlowClient(), bodies=(b"bad", b"a"), steps=2)
    assert [sample.error for sample in run.samples] == ["no", None]


async def test_an_open_loop_spreads_its_requests_over_time() -> None:
    run = await send(SlowClient(), rate=50.0, arrivals=CONSTANT, steps=4)
    due = [sample.due - run.start for sample in run.samples]
    assert due == pytest.approx([0.0, 0.02, 0.04, 0.06])


async def test_an_open_loop_counts_what_a_busy_server_made_requests_wait() -> None:
    """One answer takes 50 ms and a request is due each 10 ms: the k-th waits 40 ms more each time.

    Who counts from sending sees 50 ms for all of them, which is coordinated omission.
    """
    run = await send(SlowClient(0.05), rate=100.0, arrivals=CONSTANT, steps=5)
    for number, sample in enumerate(run.samples):
        assert sample.latency >= 0.045 + number * 0.04 - 0.005


async def test_an_open_loop_does_not_blame_the_server_for_a_late_client() -> None:
    asyncio.get_running_loop().call_later(0.01, sleep, 0.1)
    run = await send(SlowClient(), rate=20.0, arrivals=CONSTANT, steps=2)
    assert run.samples[1].lag > 0.05
    assert run.samples[1].latency < 0.05


async def test_whoever_is_free_sends_the_next_request() -> None:
    slow, quick = SlowClient(0.2), SlowClient()
    await send(slow, quick, rate=100.0, arrivals=CONSTANT, steps=6)
    assert (len(slow.asked), len(quick.asked)) == (1, 5)


def test_an_open_loop_ends_with_its_time_or_its_steps_whichever_is_first() -> None:
    def number(**limits: float) -> int:
        options = LoadOptions(1, rate=10.0, arrivals=CONSTANT, **limits)
        return len(list(load.arrivals(options)))

    assert (number(duration=1.0), number(duration=1.0, steps=3)) == (10, 3)


def test_poisson_arrivals_have_the_rate_and_the_spread_of_their_name() -> None:
    options = LoadOptions(1, duration=1e9, rate=100.0, arrivals=Arrivals.POISSON)
    times = list(islice(load.arrivals(options), 20_000))
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert fmean(gaps) == pytest.approx(0.01, rel=0.05)
    assert pstdev(gaps) == pytest.approx(0.01, rel=0.05)  # as large as their mean
