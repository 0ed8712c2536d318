"""Compressed bodies: what zlib and gzip wrote is read, and the other way round."""

from __future__ import annotations

import gzip
import zlib

import pytest

from modelserver_runtime.servers.http import Request, Response
from modelserver_runtime.servers.rest import encodings
from modelserver_runtime.servers.rest.encodings import UnreadableBody, deflated, inflated

BODY = b'{"inputs": []}' * 5000
WRITERS = {"gzip": gzip.compress, "x-gzip": gzip.compress, "deflate": zlib.compress}
READERS = {"gzip": gzip.decompress, "deflate": zlib.decompress}


def sent(body: bytes, encoding: str) -> Request:
    return Request("POST", "/", {b"content-encoding": encoding.encode()}, bytearray(body))


@pytest.mark.parametrize("encoding", WRITERS)
@pytest.mark.parametrize("body", [b"", b"short", BODY], ids=["empty", "short", "long"])
async def test_a_compressed_request_is_read(encoding: str, body: bytes) -> None:
    request = await inflated(sent(WRITERS[encoding](body), encoding))
    assert request.body == body


async def test_a_gzip_body_may_have_several_members() -> None:
    request = await inflated(sent(gzip.compress(b"a") + gzip.compress(b"b"), "gzip"))
    assert request.body == b"ab"


async def test_identity_is_as_it_is() -> None:
    assert (await inflated(sent(b"as it is", "identity"))).body == b"as it is"


@pytest.mark.parametrize(
    ("body", "encoding", "status", "words"),
    [
        (b"x", "br", 415, "Expected: gzip, deflate or identity; Actual: br"),
        (b"no gzip", "gzip", 400, "not what its encoding says"),
        (gzip.compress(BODY)[:-9], "gzip", 400, "ends too early"),
        (gzip.compress(b"a") + b"rest", "gzip", 400, "not what its encoding says"),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused(
    body: bytes, encoding: str, status: int, words: str
) -> None:
    with pytest.raises(UnreadableBody, match=words) as refused:
        await inflated(sent(body, encoding))
    assert refused.value.status == status


@pytest.mark.parametrize("members", [1, 3])
async def test_inflation_stops_at_its_bound(monkeypatch: pytest.MonkeyPatch, members: int) -> None:
    monkeypatch.setattr(encodings, "INFLATED_AT_MOST", 1000)
    exact = b"".join(gzip.compress(b"x" * (999 // members)) for _ in range(members))
    assert len((await inflated(sent(exact, "gzip"))).body) == 999
    with pytest.raises(UnreadableBody, match="over 1000 bytes") as refused:
        await inflated(sent(exact + gzip.compress(b"xx"), "gzip"))
    assert refused.value.status == 413


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip", "gzip"),
        ("gzip, deflate, br", "gzip"),
        ("deflate;q=1, gzip;q=0.5", "deflate"),
        ("deflate", "deflate"),
        ("*", "gzip"),
        ("gzip;q=0, *", "deflate"),
    ],
)
async def test_an_answer_is_compressed_as_its_client_likes(accepted: str, encoding: str) -> None:
    response = await deflated(Response(200, [BODY, BODY]), accepted.encode())
    assert response.headers["content-encoding"] == encoding
    assert READERS[encoding](bytes(response.parts[0])) == BODY + BODY


@pytest.mark.parametrize("accepted", ["", "identity", "br", "gzip;q=0", "gzip;q=x", "*;q=0"])
async def test_an_answer_is_sent_as_it_is_to_other_clients(accepted: str) -> None:
    response = Response(200, [BODY])
    assert await deflated(response, accepted.encode()) is response


async def test_a_short_answer_is_not_worth_it() -> None:
    response = Response(200, [b"x" * 1000])
    assert await deflated(response, b"gzip") is response
