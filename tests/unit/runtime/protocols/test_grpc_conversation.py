"""Requests of a stream and their answers, over a line that is two lists."""

from __future__ import annotations

import asyncio

import pytest

from modelserver_runtime.servers.grpc import conversation
from modelserver_runtime.servers.grpc.conversation import converse


class Wire:
    """Brings these requests, and then nothing more, or no end either."""

    def __init__(self, *requests: bytes, ends: bool = True) -> None:
        self._requests = list(requests)
        self._ends = ends
        self.written: list[bytes] = []

    async def read(self) -> bytes | None:
        if self._requests:
            return self._requests.pop(0)
        if not self._ends:
            await asyncio.Event().wait()
        return None

    async def write(self, message: bytes) -> None:
        self.written.append(message)


async def test_answers_come_in_the_order_of_their_requests() -> None:
    release = {b"1": asyncio.Event(), b"2": asyncio.Event()}

    async def answer(request: bytes) -> bytes:
        if request == b"2":  # which can only end if it is not kept waiting for the first
            release[b"1"].set()
        else:
            await release[b"1"].wait()
        return b"answer " + request

    wire = Wire(b"1", b"2")
    await converse(wire, answer, asyncio.Event())

    assert wire.written == [b"answer 1", b"answer 2"]


async def test_once_the_server_ends_what_was_read_is_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(conversation, "_QUIET_SECONDS", 0.01)
    ending = asyncio.Event()

    async def answer(request: bytes) -> bytes:
        ending.set()
        await asyncio.sleep(0)
        return request

    wire = Wire(b"1", ends=False)
    await converse(wire, answer, ending)

    assert wire.written == [b"1"]


async def test_a_stream_of_an_ending_server_goes_on_until_no_request_comes() -> None:
    ending = asyncio.Event()
    ending.set()

    async def answer(request: bytes) -> bytes:
        return request

    wire = Wire(b"1", b"2")
    await converse(wire, answer, ending)

    assert wire.written == [b"1", b"2"]


async def test_a_client_that_reads_nothing_is_not_read_without_end() -> None:
    class Stuck(Wire):
        async def write(self, message: bytes) -> None:
            await asyncio.Event().wait()

    begun = 0

    async def answer(request: bytes) -> bytes:
        nonlocal begun
        begun += 1
        return request

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await converse(Stuck(*[b"x"] * 1000), answer, asyncio.Event())

    assert begun < 200


async def test_with_its_stream_a_request_is_given_up() -> None:
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def answer(_: bytes) -> bytes:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return b""

    conversation = asyncio.create_task(converse(Wire(b"1"), answer, asyncio.Event()))
    await begun.wait()
    conversation.cancel()
    await asyncio.wait([conversation])

    assert cancelled.is_set()
