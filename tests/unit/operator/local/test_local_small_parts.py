"""Back-off, probes, durations and the addresses of Services."""

import asyncio

import pytest

from modelserver_operator.local.durations import seconds
from modelserver_operator.local.plan import hosts
from modelserver_operator.local.pods import backoff
from modelserver_operator.local.pods.probes import Probe, probes, until


def test_a_crash_is_answered_at_once_and_then_ever_later() -> None:
    assert [backoff.delay(crashes) for crashes in range(1, 9)] == [0, 10, 20, 40, 80, 160, 300, 300]


def test_the_back_off_never_grows_beyond_five_minutes() -> None:
    assert backoff.delay(1_000_000) == 300


@pytest.mark.parametrize(
    ("text", "length"), [("15s", 15), ("1m", 60), ("1m30s", 90), ("2h", 7200), ("1h1m1s", 3661)]
)
def test_a_duration_is_so_many_seconds(text: str, length: float) -> None:
    assert seconds(text) == length


def test_each_service_has_the_first_address_where_its_ports_are_free() -> None:
    same, other = {"grpc": 8080, "rest": 8081}, {"grpc": 9000, "rest": 9001}
    assert hosts([same, other, same, same]) == ["127.0.0.1", "127.0.0.1", "127.0.0.2", "127.0.0.3"]


def test_a_probe_has_the_kubelets_defaults() -> None:
    read = probes({"livenessProbe": {"httpGet": {"path": "/live", "port": "rest"}}})
    assert read.liveness == Probe("/live", "rest", 0, 10, 1, successes=1, failures=3)
    assert (read.startup, read.readiness) == (None, None)


@pytest.mark.parametrize(
    ("answers", "healthy", "asked"),
    [
        ("+", True, 1),
        ("--+", True, 3),
        ("---", False, 3),
        ("--+---", False, 6),
        ("+-+---", False, 6),
    ],
)
async def test_a_probe_counts_answers_in_a_row(answers: str, healthy: bool, asked: int) -> None:
    rest = iter(answers)

    async def check(_: Probe) -> bool:
        await asyncio.sleep(0)
        return next(rest) == "+"

    await until(Probe("/", "rest", 0, 0, 1, successes=1, failures=3), check, healthy=healthy)
    assert len(answers) - len(list(rest)) == asked
