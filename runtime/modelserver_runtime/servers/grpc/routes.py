"""What becomes of a call, by the head of its request."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from modelserver_runtime.servers.grpc.messages import ENCODINGS
from modelserver_runtime.servers.grpc.status import Refusal, Status
from modelserver_runtime.servers.http2 import Head, Nobody, Receiver, Stream
from modelserver_runtime.servers.http2.head import fields_block

_TIMEOUT: Final = re.compile(rb"(\d{1,8})([HMSmun])")
_SECONDS: Final = {b"H": 3600.0, b"M": 60.0, b"S": 1.0, b"m": 1e-3, b"u": 1e-6, b"n": 1e-9}
_GRPC: Final = re.compile(rb"application/grpc(?:[+;]|$)")  # and not that of browsers, -web
_UNSUPPORTED: Final = {":status": "415", "content-type": "text/plain"}
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

    def receiver(self, stream: Stream) -> Receiver:
        """Who takes such a call: it is over at once."""
        stream.refuse(self.block)
        return Nobody()


class StrangerRoute(NamedTuple):
    """A request that is no gRPC, and the words for whoever sent it."""

    block: bytes
    words: bytes

    def receiver(self, stream: Stream) -> Receiver:
        """Who takes such a request."""
        return _Stranger(stream, self)


class _Stranger(Nobody):
    """Answers when the request is over, as HTTP's clients expect, and keeps nothing of it."""

    def __init__(self, stream: Stream, route: StrangerRoute) -> None:
        self._stream = stream
        self._route = route

    def on_end(self) -> None:
        self._stream.answer(self._route.block, [self._route.words], b"")


class Router:
    """Finds out.

    Args:
        calls: who answers, by the path.
    """

    def __init__(self, calls: Mapping[bytes, Begin]) -> None:
        self._calls = calls

    def route(self, head: Head) -> CallRoute | RefusalRoute | StrangerRoute:
        """What becomes of requests with this head."""
        content_type = head.fields.get(b"content-type", b"")
        if head.method != b"POST" or not _GRPC.match(content_type):
            words = b"" if head.method == b"HEAD" else _NOT_GRPC
            return StrangerRoute(fields_block(_UNSUPPORTED), words)
        begin = self._calls.get(head.path)
        if begin is None:
            return _refused(Status.UNIMPLEMENTED, "Method not found: ", head.path)
        encoding = head.fields.get(b"grpc-encoding", b"identity")
        if encoding not in ENCODINGS:
            return _refused(Status.UNIMPLEMENTED, "Unknown grpc-encoding ", encoding)
        timeout = head.fields.get(b"grpc-timeout")
        if timeout is None:
            return CallRoute(begin, Terms(None, encoding))
        told = _TIMEOUT.fullmatch(timeout)
        if told is None:
            return _refused(Status.INTERNAL, "Invalid grpc-timeout ", timeout)
        return CallRoute(begin, Terms(int(told[1]) * _SECONDS[told[2]], encoding))


def _refused(status: Status, words: str, given: bytes) -> RefusalRoute:
    return RefusalRoute(Refusal(status, words + given.decode("latin-1")).whole)
