"""What the operator answers over HTTP, and when a watch counts as dead."""

import aiohttp
import pytest

from control_plane.processes import free_port
from modelserver_operator.controller.canary import SILENCE_SECONDS, Canary
from modelserver_operator.controller.health import serving


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def answer(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status, await response.text()


@pytest.mark.parametrize(("path", "wrong"), [("healthz", "no watch"), ("readyz", "no right")])
async def test_a_probe_says_what_is_wrong(path: str, wrong: str) -> None:
    port = free_port()
    async with serving(port, lambda: "no watch", lambda: "no right", bytes):
        assert await answer(f"http://127.0.0.1:{port}/{path}") == (503, f"{wrong}\n")


async def test_a_probe_is_content_when_nothing_is_wrong() -> None:
    port = free_port()
    async with serving(port, str, str, lambda: b"figures 1\n"):
        assert await answer(f"http://127.0.0.1:{port}/healthz") == (200, "ok\n")
        assert await answer(f"http://127.0.0.1:{port}/readyz") == (200, "ok\n")
        assert await answer(f"http://127.0.0.1:{port}/metrics") == (200, "figures 1\n")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def canary(clock: Clock) -> Canary:
    canary = Canary(clock)
    canary.watched(True)
    return canary


def test_a_renewal_that_no_watch_shows_in_time_means_a_dead_watch(
    canary: Canary, clock: Clock
) -> None:
    canary.renewed()
    clock.now = SILENCE_SECONDS
    assert canary.alive
    clock.now += 1
    assert not canary.alive


def test_later_renewals_do_not_put_the_verdict_off(canary: Canary, clock: Clock) -> None:
    for clock.now in range(0, 80, 2):
        canary.renewed()
    assert not canary.alive


def test_a_watch_that_shows_the_lease_again_is_alive_again(canary: Canary, clock: Clock) -> None:
    canary.renewed()
    clock.now = 100
    canary.seen()
    assert canary.alive
    canary.renewed()
    assert canary.alive


def test_nothing_is_said_while_nobody_renews(canary: Canary, clock: Clock) -> None:
    clock.now = 1000
    assert canary.alive


def test_nothing_is_said_while_the_lease_may_not_be_watched(canary: Canary, clock: Clock) -> None:
    canary.renewed()
    canary.watched(False)
    clock.now = 1000
    assert canary.alive
    canary.watched(True)
    assert canary.alive
    canary.renewed()
    clock.now += SILENCE_SECONDS + 1
    assert not canary.alive
