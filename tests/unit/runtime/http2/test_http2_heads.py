"""Heads say what they say, however a client shortens them: hpack's encoder is the oracle."""

from __future__ import annotations

import pytest
from hpack import Encoder, HeaderTuple, NeverIndexedHeaderTuple
from hypothesis import given
from hypothesis import strategies as st

from modelserver_runtime.servers.http2.frames import ConnectionFault, ErrorCode, StreamFault
from modelserver_runtime.servers.http2.head import Head, HeadReader

PSEUDO = [(b":method", b"POST"), (b":path", b"/"), (b":scheme", b"http")]
Fields = list[tuple[bytes, bytes]]

fields = st.lists(
    st.tuples(st.sampled_from([b"x-a", b"x-b", b"x-c"]), st.sampled_from([b"1", b"22", b"333"])),
    max_size=3,
    unique_by=lambda field: field[0],
)
blocks = st.tuples(fields, st.booleans(), st.none() | st.sampled_from([0, 40, 80, 4096]))


def reader() -> HeadReader[Head]:
    return HeadReader(lambda head: head)


@given(st.lists(blocks, max_size=30))
def test_a_head_that_is_repeated_is_not_taken_for_another(
    heads: list[tuple[Fields, bool, int | None]],
) -> None:
    heads_read, encoder = reader(), Encoder()
    for given_fields, is_kept, size in heads:
        if size is not None:
            encoder.header_table_size = size
        make = HeaderTuple if is_kept else NeverIndexedHeaderTuple
        block = encoder.encode([make(*field) for field in [*PSEUDO, *given_fields]])
        assert heads_read.read(block).fields == dict(given_fields)


def faulty(*more: tuple[bytes, bytes]) -> ErrorCode:
    with pytest.raises(StreamFault) as fault:
        reader().read(Encoder().encode([*PSEUDO, *more])).content_length  # noqa: B018
    return fault.value.code


@pytest.mark.parametrize(
    "field",
    [
        (b"", b"x"),
        (b"a b", b"x"),
        (b"a:b", b"x"),
        (b"A", b"x"),
        (b"a\x7f", b"x"),
        (b"a", b" x"),
        (b"a", b"x\t"),
        (b"a", b"x\r\nb: y"),
        (b"a", b"x\0"),
        (b"connection", b"close"),
        (b"te", b"gzip"),
        (b":path", b"/again"),
        (b"content-length", b"-1"),
        (b"content-length", b"9" * 5000),
    ],
)
def test_a_field_that_could_mean_something_else_elsewhere_is_refused(
    field: tuple[bytes, bytes],
) -> None:
    assert faulty(field) is ErrorCode.PROTOCOL_ERROR


def test_two_lengths_are_refused() -> None:
    length = (b"content-length", b"1")
    assert faulty(length, length) is ErrorCode.PROTOCOL_ERROR


def test_a_block_that_unfolds_to_megabytes_ends_the_connection() -> None:
    encoder, heads = Encoder(), reader()
    heads.read(encoder.encode([*PSEUDO, (b"x", b"y" * 4000)]))
    bomb = encoder.encode(PSEUDO) + b"\xbe" * 10_000  # the newest entry, ten thousand times
    with pytest.raises(ConnectionFault, match="over 64 KiB"):
        heads.read(bomb)


def test_as_many_empty_fields_as_a_block_holds_are_too_many() -> None:
    with pytest.raises(ConnectionFault, match="over 64 KiB"):
        reader().read(Encoder().encode(PSEUDO) + b"\x10\0\0" * 3000)


def test_a_number_without_an_end_is_no_head() -> None:
    with pytest.raises(ConnectionFault) as fault:
        reader().read(b"\x7f" + b"\xff" * 60_000)
    assert fault.value.code is ErrorCode.COMPRESSION_ERROR
