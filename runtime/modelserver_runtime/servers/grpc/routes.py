"""What becomes of a call, by the head of its request."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from modelserver_runtime.servers.grpc.messages import ENCODINGS
from modelserver_runtime.servers.grpc.status import Refusal, Status
from modelserver_runtime.servers.http2 import Head, Receiver, Stream
from modelserver_runtime.servers.http2.head import fields_block

_TIMEOUT: Final = re.compile(rb"(\d{1,8})([HMSmun])")
_SECONDS: Final = {b"H": 3600.0, b"M": 60.0, b"S": 1.0, b"m": 1e-3, b"u": 1e-6, b"n": 1e-9}
_NOT_GRPC: Final = b"gRPC is spoken here: POST with content-type application/grpc\n"


class Terms(NamedTuple):
    """What a head says of its call.

    Attributes:
        timeout: seconds until nobody waits for the answer any more.
        encoding: how messages are compressed that say so.
    """

    timeout: float | None
    encoding: bytes


Begin = Callable[[Stream, Terms], Receiver]


class CallRoute(NamedTuple):
    """A call that somebody answers."""

    begin: Begin
    terms: Terms

    def receiver(self, stream: Stream) -> Receiver:
        """Who takes such a call."""
        return self.begin(stream, self.terms)


class RefusalRoute(NamedTuple):
    """A call that nobody answers, and the header block that says so."""

    block: bytes
    body: bytes = b""

    def receiver(self, stream: Stream) -> Receiver:
        """Who takes such a call: it is over at once."""
        stream.refuse(self.block)
        return _Deaf()


class _Deaf:
    def on_data(self, data: memoryview) -> None:
        pass

    def on_end(self) -> None:
        pass

    def on_excess(self) -> None:
        pass

    def on_reset(self) -> None:
        pass


class Router:
    """Finds out.

    Args:
        calls: who answers, by the path.
    """

    def __init__(self, calls: Mapping[bytes, Begin]) -> None:
        self._calls = calls

    def route(self, head: Head) -> CallRoute | RefusalRoute:
        """What becomes of requests with this head."""
        content_type = head.fields.get(b"content-type", b"")
        if head.method != b"POST" or not content_type.startswith(b"application/grpc"):
            fields = {":status": "415", "content-type": "text/plain"}
            return RefusalRoute(fields_block(fields), _NOT_GRPC)
        begin = self._calls.get(head.path)
        if begin is None:
            words = f"Method not found: {head.path.decode('latin-1')}"
            return RefusalRoute(Refusal(Status.UNIMPLEMENTED, words).whole)
        encoding = head.fields.get(b"grpc-encoding", b"identity")
        if encoding not in ENCODINGS:
            words = f"Unknown grpc-encoding {encoding.decode('latin-1')}"
            return RefusalRoute(Refusal(Status.UNIMPLEMENTED, words).whole)
        timeout = head.fields.get(b"grpc-timeout")
        if timeout is None:
            return CallRoute(begin, Terms(None, encoding))
        told = _TIMEOUT.fullmatch(timeout)
        if told is None:
            words = f"Invalid grpc-timeout {timeout.decode('latin-1')}"
            return RefusalRoute(Refusal(Status.INTERNAL, words).whole)
        return CallRoute(begin, Terms(int(told[1]) * _SECONDS[told[2]], encoding))
