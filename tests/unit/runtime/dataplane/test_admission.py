"""Time limits as clients and proxies write them."""

from __future__ import annotations

import asyncio

import pytest

from modelserver_runtime.admission import header_timeout, parameter_timeout, tighter, within
from modelserver_runtime.errors import DeadlinePassed, InvalidRequest


@pytest.mark.parametrize(("written", "seconds"), [("1500", 1.5), ("1", 0.001), ("0", None)])
def test_the_header_is_in_milliseconds(written: str, seconds: float | None) -> None:
    assert header_timeout(written) == seconds


@pytest.mark.parametrize(
    ("parameters", "seconds"),
    [({"timeout": 1_500_000}, 1.5), ({"timeout": 0}, None), ({}, None), ({"timeout": None}, None)],
)
def test_the_parameter_is_in_microseconds(
    parameters: dict[str, object], seconds: float | None
) -> None:
    assert parameter_timeout(parameters) == seconds


@pytest.mark.parametrize("written", ["", "-1", "1.5", "soon", "٣", "9" * 5000])
def test_any_other_header_is_refused(written: str) -> None:
    with pytest.raises(InvalidRequest, match="a whole number of milliseconds"):
        header_timeout(written)


@pytest.mark.parametrize("written", [-1, 1.5, "5", True, [5]])
def test_any_other_parameter_is_refused(written: object) -> None:
    with pytest.raises(InvalidRequest, match="a whole number of microseconds"):
        parameter_timeout({"timeout": written})


@pytest.mark.parametrize(
    ("left", "right", "shorter"), [(1, 2, 1), (2, 1, 1), (None, 2, 2), (2, None, 2), (None,) * 3]
)
def test_the_shorter_of_two_limits_holds(
    left: float | None, right: float | None, shorter: float | None
) -> None:
    assert tighter(left, right) == shorter


async def test_work_is_cancelled_when_its_time_is_up() -> None:
    work = asyncio.get_running_loop().create_future()
    with pytest.raises(DeadlinePassed, match=r"an answer within 0\.01 seconds"):
        await within(0.01, work)
    assert work.cancelled()


async def test_work_in_time_is_left_alone() -> None:
    assert await within(5, asyncio.sleep(0, "done")) == "done"
