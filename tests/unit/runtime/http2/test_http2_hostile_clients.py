"""Clients that mean harm, or can't do better: they cost themselves, and little else."""

from __future__ import annotations

import logging
import sys

import pytest
from hyperframe.frame import Frame, GoAwayFrame, RstStreamFrame

from http2_wire import REQUEST, Echo, Wire, connected, traced
from modelserver_runtime.servers.http2.connection import Connection
from modelserver_runtime.servers.http2.frames import (
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    HEADERS,
    PING,
    PREFACE,
    PRIORITY,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    ErrorCode,
    Setting,
    frame,
    number,
    settings,
)
from modelserver_runtime.servers.http2.head import fields_block

BLOCK = fields_block(dict(REQUEST))
GREETING = PREFACE + settings({})


def opened(echo: Echo | None = None, greeting: bytes = GREETING) -> tuple[Connection, Wire]:
    connection, wire = connected(echo or Echo())
    connection.data_received(greeting)
    wire.take()
    return connection, wire


def request(stream: int, flags: int = 0) -> bytes:
    return frame(HEADERS, END_HEADERS | flags, stream, BLOCK)


def told(wire: Wire) -> list[Frame]:
    """What the server has said, read by another library."""
    data, heard = memoryview(wire.take()), []
    while data:
        said, length = Frame.parse_frame_header(data[:9])
        said.parse_body(data[9 : 9 + length])
        heard.append(said)
        data = data[9 + length :]
    return heard


def ending(wire: Wire) -> ErrorCode | None:
    """Why the connection was ended, if it was."""
    ends = [said for said in told(wire) if isinstance(said, GoAwayFrame)]
    assert wire.is_ended == bool(ends)
    return ErrorCode(ends[-1].error_code) if ends else None


def resets(wire: Wire) -> dict[int, ErrorCode]:
    return {
        said.stream_id: ErrorCode(said.error_code)
        for said in told(wire)
        if isinstance(said, RstStreamFrame)
    }


@pytest.mark.parametrize(
    "said",
    [
        b"GET / HTTP/1.1\r\nHost: here\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01",  # TLS
        PREFACE + frame(PING, 0, 0, bytes(8)),
        PREFACE + frame(SETTINGS, 1, 0),
    ],
)
def test_who_speaks_something_else_is_let_go_without_a_word_in_the_log(
    said: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    connection, wire = connected(Echo())
    with caplog.at_level(logging.DEBUG, logger="modelserver_runtime"):
        connection.data_received(said)
        connection.data_received(b"and so on")
    assert ending(wire) is ErrorCode.PROTOCOL_ERROR
    assert not caplog.records


@pytest.mark.parametrize("fragment", [b"", b"x" * 100, b"x" * 16_000])
def test_a_head_that_is_continued_without_an_end(fragment: bytes) -> None:
    connection, wire = opened()
    connection.data_received(frame(HEADERS, 0, 1, BLOCK))
    for _ in range(1000):
        connection.data_received(frame(CONTINUATION, 0, 1, fragment))
    assert ending(wire) is ErrorCode.ENHANCE_YOUR_CALM


def test_a_head_of_more_than_64_kib() -> None:
    connection, wire = opened()
    block = fields_block({**dict(REQUEST), "x": "!" * 70_000})
    connection.data_received(frame(HEADERS, 0, 1, block[:60_000]))
    connection.data_received(frame(CONTINUATION, END_HEADERS, 1, block[60_000:]))
    assert ending(wire) is ErrorCode.ENHANCE_YOUR_CALM


@pytest.mark.parametrize("kind", [HEADERS, SETTINGS, 77])
def test_a_frame_of_which_nobody_waits_for_the_end(kind: int) -> None:
    connection, wire = opened()
    connection.data_received(frame(kind, 0, 1, bytes(70_000))[:20])
    assert ending(wire) is ErrorCode.ENHANCE_YOUR_CALM


def test_requests_that_are_taken_back_at_once_leave_nothing() -> None:
    echo = Echo()
    connection, wire = opened(echo)
    for stream in range(1, 40_000, 2):
        connection.data_received(request(stream) + frame(RST_STREAM, 0, stream, number(8)))
    assert echo.resets == 20_000
    assert not connection.is_used
    assert wire.take() == b""


def test_requests_that_the_server_is_made_to_reset_leave_nothing() -> None:
    echo = Echo()
    connection, wire = opened(echo)
    for stream in range(1, 20_000, 2):
        connection.data_received(request(stream) + frame(WINDOW_UPDATE, 0, stream, number(0)))
    assert echo.resets == 10_000
    assert not connection.is_used
    assert len(resets(wire)) == 10_000


def test_of_requests_at_the_same_time_those_beyond_the_limit_are_refused() -> None:
    connection, wire = opened()
    for stream in range(1, 20_010, 2):
        connection.data_received(request(stream))
    assert list(resets(wire).values()) == [ErrorCode.REFUSED_STREAM] * 5


@pytest.mark.parametrize("flood", [frame(PING, 0, 0, bytes(8)), settings({})], ids=["ping", "set"])
def test_who_wants_answers_and_reads_none_is_read_no_further(flood: bytes) -> None:
    connection, wire = opened()
    for _ in range(10_000):
        if wire.is_read:
            connection.data_received(flood * 1000)
    assert not wire.is_read
    assert wire.most_unread < (1 << 20) + 1000 * len(flood) * 2
    wire.take()
    assert wire.is_read


def test_answers_that_nobody_reads_wait_unsent() -> None:
    window = (1 << 31) - 1
    greeting = PREFACE + settings({Setting.INITIAL_WINDOW_SIZE: window})
    greeting += frame(WINDOW_UPDATE, 0, 0, number(window - 65_535))
    connection, wire = opened(Echo(times=20), greeting)
    for stream in range(1, 20, 2):
        connection.data_received(request(stream) + frame(DATA, END_STREAM, stream, bytes(1 << 20)))
    assert wire.most_unread < 2 << 20
    assert connection.is_used
    while connection.is_used:
        assert wire.take()


def test_windows_that_change_all_the_time_cost_what_one_change_does() -> None:
    connection, wire = opened(Echo(times=9), PREFACE + settings({Setting.INITIAL_WINDOW_SIZE: 0}))
    for stream in range(1, 4000, 2):
        connection.data_received(request(stream) + frame(DATA, END_STREAM, stream, b"x"))
    looked_at = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal looked_at
        looked_at += event == "call"

    sys.setprofile(count)
    connection.data_received(settings({Setting.INITIAL_WINDOW_SIZE: 0}) * 1000)
    sys.setprofile(None)
    assert looked_at < 100_000
    assert wire.get_write_buffer_size() > 0


@pytest.mark.parametrize(
    "said",
    [
        frame(WINDOW_UPDATE, 0, 0, number((1 << 31) - 1)),
        request(1)
        + frame(WINDOW_UPDATE, 0, 1, number((1 << 31) - 70_000))
        + settings({Setting.INITIAL_WINDOW_SIZE: 80_000}),
    ],
    ids=["of the connection", "of a stream, by a setting"],
)
def test_a_window_that_overflows(said: bytes) -> None:
    connection, wire = opened()
    connection.data_received(said)
    assert ending(wire) is ErrorCode.FLOW_CONTROL_ERROR


def test_frames_without_content_take_no_memory() -> None:
    connection, _ = opened()
    connection.data_received(request(1))
    nothing = frame(DATA, 0, 1) * 1000 + frame(PRIORITY, 0, 1, bytes(5)) * 1000
    connection.data_received(nothing)
    with traced() as taken:
        for _ in range(20):
            connection.data_received(nothing)
        assert taken() < 10_000


@pytest.mark.parametrize("end", [frame(RST_STREAM, 0, 1, number(8)), b""], ids=["its", "ours"])
def test_data_of_a_stream_that_is_over(end: bytes) -> None:
    connection, wire = opened()
    connection.data_received(request(1) + (end or frame(WINDOW_UPDATE, 0, 1, number(0))))
    wire.take()
    connection.data_received(frame(DATA, 0, 1, bytes(100_000)) * 100)
    heard = told(wire)
    assert [type(said).__name__ for said in heard if said.stream_id] == ["RstStreamFrame"] * bool(
        end
    )
    assert sum(getattr(said, "window_increment", 0) for said in heard) > 1_000_000
    assert connection.has_greeted
    assert not wire.is_ended


@pytest.mark.parametrize("stream", [0, 2, 3])
def test_data_of_a_stream_that_nobody_opened(stream: int) -> None:
    connection, wire = opened()
    connection.data_received(request(1) + frame(DATA, 0, stream, b"x"))
    assert ending(wire) is ErrorCode.PROTOCOL_ERROR


def test_requests_behind_the_last_word_are_not_begun() -> None:
    echo = Echo()
    connection, wire = opened(echo)
    goaway = frame(7, 0, 0, number(0) + number(0))
    connection.data_received(goaway + frame(PING, 0, 0, bytes(7)) + request(1))
    assert wire.is_ended
    connection.data_received(request(3))
    assert not connection.is_used


def test_a_mistake_of_ours_ends_the_connection_with_a_word(
    caplog: pytest.LogCaptureFixture,
) -> None:
    connection, wire = opened(Echo(times="a bug"))  # type: ignore[arg-type]
    connection.data_received(request(1, END_STREAM) + request(3))
    assert ending(wire) is ErrorCode.INTERNAL_ERROR
    assert "An HTTP/2 connection failed" in caplog.text
    assert not connection.is_used
