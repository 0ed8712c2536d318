"""Compressed bodies: gzip and deflate, both ways. Whatever may take long runs in a thread."""

from __future__ import annotations

import asyncio
import zlib
from functools import lru_cache
from typing import Final

from modelserver_runtime.servers.http import Request, Response
from modelserver_runtime.servers.inflation import (
    INFLATED_AT_MOST,
    EndsTooEarly,
    TooLarge,
    beside_the_loop,
    inflate,
)

_DEFLATED_FROM: Final = 1024  # bytes; less is sent as it is
_DEFLATED_INLINE: Final = 64 * 1024  # bytes
_FASTEST: Final = 1

_GZIP: Final = 16 + zlib.MAX_WBITS
_WINDOW: Final = {b"gzip": _GZIP, b"x-gzip": _GZIP, b"deflate": zlib.MAX_WBITS}
"""How zlib is told which format to write."""

_EITHER: Final = 32 + zlib.MAX_WBITS  # to read, zlib tells gzip from deflate by itself


class UnreadableBody(Exception):
    """A body that is not decoded, and the status that says so."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


async def inflated(request: Request) -> Request:
    """The request with its body as it was before its Content-Encoding.

    Raises:
        UnreadableBody: the encoding is unknown, the body broken, or too large once inflated.
    """
    encoding = request.headers[b"content-encoding"].strip().lower()
    if encoding == b"identity":
        return request
    if encoding not in _WINDOW:
        raise UnreadableBody(
            415,
            f"Content-Encoding - Expected: gzip, deflate or identity; "
            f"Actual: {encoding.decode('latin-1')}",
        )
    return request._replace(body=await beside_the_loop(_inflate, request.body))


async def deflated(response: Response, accepted: bytes) -> Response:
    """The response in an encoding that its client accepts, where that is worth it.

    Args:
        accepted: the value of the request's Accept-Encoding.
    """
    size = sum(map(len, response.parts))
    encoding = _choice(accepted)
    if encoding is None or size < _DEFLATED_FROM:
        return response
    if size > _DEFLATED_INLINE:
        body = await asyncio.to_thread(_deflate, response, encoding)
    else:
        body = _deflate(response, encoding)
    headers = {**response.headers, "content-encoding": encoding.decode()}
    return response._replace(parts=[body], headers={**headers, "vary": "Accept-Encoding"})


def _inflate(body: bytearray) -> bytearray:
    whole = bytearray()
    rest = bytes(body)
    try:
        while rest:
            # a gzip file may have several members
            plain, rest = inflate(rest, _EITHER, INFLATED_AT_MOST - len(whole))
            whole += plain
    except TooLarge as error:
        words = f"Request body over {INFLATED_AT_MOST} bytes, inflated"
        raise UnreadableBody(413, words) from error
    except EndsTooEarly as error:
        raise UnreadableBody(400, "Compressed request body ends too early") from error
    except zlib.error as error:
        raise UnreadableBody(400, f"Request body is not what its encoding says: {error}") from error
    return whole


def _deflate(response: Response, encoding: bytes) -> bytes:
    stream = zlib.compressobj(_FASTEST, wbits=_WINDOW[encoding])
    return b"".join([*map(stream.compress, response.parts), stream.flush()])


@lru_cache(maxsize=256)
def _choice(accepted: bytes) -> bytes | None:
    """The encoding that the client likes most; gzip where it likes several as much."""
    weights = dict(map(_weight, accepted.lower().split(b",")))
    likes = {name: weights.get(name, weights.get(b"*", 0.0)) for name in (b"gzip", b"deflate")}
    best = max(likes, key=lambda name: likes[name])
    return best if likes[best] > 0 else None


def _weight(choice: bytes) -> tuple[bytes, float]:
    name, _, parameter = choice.partition(b";")
    try:
        return name.strip(), float(parameter.replace(b" ", b"").removeprefix(b"q=") or b"1")
    except ValueError:
        return name.strip(), 0.0
