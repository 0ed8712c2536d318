"""Whatever a client's way to speak HTTP/2, it gets the same answers: h2 is the client."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pytest
from h2.settings import SettingCodes
from hyperframe.frame import ContinuationFrame, Frame, HeadersFrame
from hypothesis import given, settings
from hypothesis import strategies as st

from http2_wire import Client, Echo, Upload, connected

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
Deliver = Callable[[bytes], Iterable[bytes]]

bodies = st.binary(max_size=200) | st.integers(1, 60_000).map(lambda size: b"x" * size)
uploads = st.builds(
    Upload, bodies, frame=st.integers(300, 16_384), padding=st.none() | st.integers(0, 255)
)


def frames(data: bytes) -> Iterator[Frame]:
    """What the bytes of a client mean, read by another library."""
    position = len(PREFACE) if data.startswith(PREFACE) else 0
    while position < len(data):
        frame, length = Frame.parse_frame_header(memoryview(data[position : position + 9]))
        end = position + 9 + length
        frame.parse_body(memoryview(data[position + 9 : end]))
        position = end
        yield frame


def dressed(data: bytes, padding: int, fragment: int) -> bytes:
    """The same, with padded heads that go on in other frames."""
    made = bytearray(PREFACE if data.startswith(PREFACE) else b"")
    for frame in frames(data):
        if not isinstance(frame, HeadersFrame):
            made += frame.serialize()
            continue
        parts = [frame.data[at : at + fragment] for at in range(0, len(frame.data), fragment)]
        ending = {"END_STREAM"} & set(frame.flags)
        first = HeadersFrame(frame.stream_id, parts[0], flags=["PADDED", *ending])
        first.pad_length = padding
        others = [ContinuationFrame(frame.stream_id, part) for part in parts[1:]]
        [first, *others][-1].flags.add("END_HEADERS")
        made += b"".join(each.serialize() for each in (first, *others))
    return bytes(made)


def in_pieces(size: int) -> Deliver:
    return lambda data: (data[at : at + size] for at in range(0, len(data), size))


@settings(max_examples=60)
@given(
    st.lists(uploads, min_size=1, max_size=4),
    st.integers(1, 5000),
    st.integers(0, 255),
    st.integers(1, 60),
)
def test_however_its_bytes_are_cut_padded_and_continued(
    wanted: list[Upload], size: int, padding: int, fragment: int
) -> None:
    def deliver(data: bytes) -> Iterable[bytes]:
        return in_pieces(size)(dressed(data, padding, fragment))

    client = Client(*connected(Echo()), deliver)
    sent = {client.ask(upload): upload.body for upload in wanted}
    client.run()
    assert {each: bytes(client.answers[each].body) for each in sent} == sent


def test_byte_by_byte() -> None:
    client = Client(*connected(Echo()), in_pieces(1))
    streams = [client.ask(Upload(b"x" * 2000, frame=700, padding=3)) for _ in range(3)]
    client.run()
    assert [client.answers[each].body for each in streams] == [b"x" * 2000] * 3
    assert client.answers[streams[0]].trailers == [("grpc-status", "0")]


@settings(max_examples=60)
@given(
    st.lists(uploads, min_size=1, max_size=4),
    st.sampled_from([0, 1, 5, 1000]),
    st.sampled_from([1, 5, 16_000]),
    st.integers(16_384, 200_000),
)
def test_however_little_it_takes_at_a_time(
    wanted: list[Upload], window: int, step: int, frame: int
) -> None:
    for upload in wanted:
        upload.body = upload.body[: 2000 * step]
    limits = {SettingCodes.MAX_FRAME_SIZE: frame}
    client = Client(*connected(Echo()), window=window, step=step, settings=limits)
    sent = {client.ask(upload): upload.body for upload in wanted}
    client.run(turns=100_000)
    assert {each: bytes(client.answers[each].body) for each in sent} == sent


@settings(max_examples=40)
@given(st.lists(st.tuples(uploads, st.none() | st.integers(0, 4)), min_size=1, max_size=6))
def test_whatever_it_cancels_meanwhile(wanted: list[tuple[Upload, int | None]]) -> None:
    connection, wire = connected(Echo(times=3))
    client = Client(connection, wire, window=1000, step=1000)
    sent = {client.ask(upload): (upload.body, turn) for upload, turn in wanted}
    for turn in range(5):
        for stream, (_, when) in sent.items():
            if when == turn and stream in client.answers:
                client.cancel(stream)
        client.turn()
    client.run()
    got = {stream: bytes(answer.body) for stream, answer in client.answers.items()}
    assert got == {stream: body * 3 for stream, (body, turn) in sent.items() if turn is None}
    client.turn()
    assert not connection.is_used


@pytest.mark.parametrize("padding", [None, 255])
def test_a_request_may_be_larger_than_every_window(padding: int | None) -> None:
    body = bytes(40 << 20)
    client = Client(*connected(Echo()), window=1 << 30)
    stream = client.ask(Upload(body, frame=1 << 20, padding=padding))
    client.run()
    assert client.answers[stream].body == body


def test_a_request_of_hardly_anything_but_padding_is_let_through() -> None:
    client = Client(*connected(Echo()))
    stream = client.ask(Upload(bytes(30_000), frame=257, padding=255))
    client.run(turns=50_000)
    assert len(client.answers[stream].body) == 30_000


def test_an_answer_may_be_larger_than_every_window() -> None:
    body = bytes(range(256)) * 4096
    connection, wire = connected(Echo(times=20))
    client = Client(connection, wire, settings={SettingCodes.MAX_FRAME_SIZE: 50_000})
    stream = client.ask(Upload(body))
    client.run()
    assert client.answers[stream].body == body * 20
    assert wire.most_unread < 2 << 20


def test_a_client_that_forgets_fields_is_told_that_none_are_referred_to() -> None:
    client = Client(*connected(Echo()))
    client.turn()
    client.h2.update_settings({SettingCodes.HEADER_TABLE_SIZE: 0})
    client.turn()
    streams = [client.ask(Upload(b"x")) for _ in range(2)]
    client.run()
    assert [client.answers[each].body for each in streams] == [b"x", b"x"]
