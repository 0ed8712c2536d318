"""The listening side of gRPC, on grpc.aio: calls come, and a drain loses none.

Handlers take and give bytes. grpc would answer INTERNAL where a message can't be read, which is the
client's mistake and says nothing; reading it here gives it the right code and words.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Final, TypeVar

import grpc
from google.protobuf.message import DecodeError, Message

from modelserver_runtime.administration import Administration
from modelserver_runtime.dataplane import Dataplane
from modelserver_runtime.errors import Code, InvalidRequest, ServingError
from modelserver_runtime.servers.grpc_reflection import add_reflection
from modelserver_runtime.servers.grpc_services import Stream, Unary, services

logger = logging.getLogger(__name__)

_STATUS: Final = {
    Code.NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Code.NOT_LOADED: grpc.StatusCode.UNAVAILABLE,
    Code.INVALID_ARGUMENT: grpc.StatusCode.INVALID_ARGUMENT,
    Code.OVERLOADED: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Code.DEADLINE_PASSED: grpc.StatusCode.DEADLINE_EXCEEDED,
    Code.UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
    Code.FAILED_PRECONDITION: grpc.StatusCode.FAILED_PRECONDITION,
    Code.INTERNAL: grpc.StatusCode.INTERNAL,
}

_AGE_JITTER: Final = 1.1  # grpc spreads the ages by a tenth
_QUIET_SECONDS: Final = 1.0  # without a call, after which the clients are taken to have left
_LOOK_SECONDS: Final = 0.1
_MESSAGE_AT_MOST: Final = 1 << 30  # bytes

_WORDS_AT_MOST: Final = 600
"""Characters of an error. It travels in a header, which clients cap at 8 KiB, and percent-encoding
makes up to 12 bytes of a character."""

Request = TypeVar("Request", bound=Message)


class GrpcServer:
    """Serves the models of one dataplane on one address.

    Args:
        connection_age: seconds after which a connection is told to finish its calls and come anew.
        administration: answers for the model repository; None leaves those calls unimplemented.
    """

    def __init__(
        self,
        dataplane: Dataplane,
        address: str,
        port: int,
        connection_age: float,
        administration: Administration | None = None,
    ) -> None:
        self._dataplane = dataplane
        self._administration = administration
        self._address = address
        self._port = port
        self._connection_age = connection_age
        self._traffic = _Traffic()
        self._ending = asyncio.Event()
        self._server: grpc.aio.Server | None = None

    @property
    def port(self) -> int:
        """Where it listens; the one that the system chose, if it was told to (port 0)."""
        return self._port

    async def start(self) -> None:
        """Listen. Raises OSError where the address is taken or not this machine's."""
        _check_free(self._address, self._port)
        with _yielding_threads():
            self._server = grpc.aio.server(options=_options(self._connection_age))
        calls = services(self._dataplane, self._administration, self._ending)
        for service, named in calls.items():
            handlers = {name: self._handler(call) for name, call in named.items()}
            self._server.add_generic_rpc_handlers(
                [grpc.method_handlers_generic_handler(service, handlers)]
            )
        add_reflection(self._server, calls)
        host = f"[{self._address}]" if ":" in self._address else self._address
        self._port = self._server.add_insecure_port(f"{host}:{self._port}")
        await self._server.start()

    async def drain(self, grace: float) -> None:
        """Stop, losing no request.

        grpc's own stop cancels the calls of clients that have not heard of it yet. So calls are
        answered until every connection has come of age and its client has gone elsewhere.

        Args:
            grace: seconds after which what is left is cut.
        """
        if self._server is None:
            return
        end = monotonic() + grace
        all_aged = monotonic() + self._connection_age * _AGE_JITTER + _QUIET_SECONDS
        await self._clients_gone(min(end, all_aged))
        self._ending.set()
        await self._server.stop(max(0.0, end - monotonic()))

    async def _clients_gone(self, deadline: float) -> None:
        while self._traffic.quiet_seconds() < _QUIET_SECONDS:
            if monotonic() > deadline:
                return
            await asyncio.sleep(_LOOK_SECONDS)

    def _handler(self, call: Unary | Stream) -> grpc.RpcMethodHandler[bytes, bytes]:
        match call:
            case Unary():
                return _unary_handler(call, self._traffic)
            case Stream():
                return _stream_handler(call)


class _Traffic:
    """Whether calls still come. Each is a ``with`` block around its answer."""

    __slots__ = ("_in_progress", "_last_end")

    def __init__(self) -> None:
        self._in_progress = 0
        self._last_end = float("-inf")

    def __enter__(self) -> None:
        self._in_progress += 1

    def __exit__(self, *_: object) -> None:
        self._in_progress -= 1
        self._last_end = monotonic()

    def quiet_seconds(self) -> float:
        """How long no call has been in progress."""
        return 0.0 if self._in_progress else monotonic() - self._last_end


@contextmanager
def _yielding_threads() -> Iterator[None]:
    """Threads that start in here don't take the processor from a thread that runs.

    grpc's polling thread wakes five times a request, only to wake the loop's thread in turn. Where
    it shares a core with that one it had better wait until the loop has nothing left to do: a
    request then costs a sixth less processor time.
    """
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        with suppress(OSError):  # a sandbox may refuse, and then it costs that time
            os.sched_setscheduler(thread.native_id or 0, os.SCHED_BATCH, os.sched_param(0))


def _options(connection_age: float) -> list[tuple[str, int]]:
    return [
        ("grpc.so_reuseport", 0),  # a second server on the port has to fail, not share it silently
        ("grpc.max_receive_message_length", _MESSAGE_AT_MOST),
        ("grpc.max_send_message_length", -1),
        ("grpc.max_connection_age_ms", round(connection_age * 1000)),
    ]


def _unary_handler(call: Unary, traffic: _Traffic) -> grpc.RpcMethodHandler[bytes, bytes]:
    request_type, answer = call

    async def handle(body: bytes, context: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
        with traffic:
            try:
                response = await answer(_parsed(request_type, body))
                return response.SerializeToString()
            except ServingError as error:
                code, words = _STATUS[error.code], error.message
            except Exception:
                logger.exception("A gRPC request failed")
                code, words = grpc.StatusCode.INTERNAL, "Internal server error"
            return await context.abort(code, words[:_WORDS_AT_MOST])

    return grpc.unary_unary_rpc_method_handler(handle)


def _stream_handler(call: Stream) -> grpc.RpcMethodHandler[bytes, bytes]:
    """Streams only watch the server: they are no traffic."""

    async def handle(body: bytes, context: grpc.aio.ServicerContext[bytes, bytes]) -> None:
        try:
            request = _parsed(call.request_type, body)
        except InvalidRequest as error:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, error.message)
        async for response in call.answers(request):
            await context.write(response.SerializeToString())

    return grpc.unary_stream_rpc_method_handler(handle)


def _parsed(request_type: type[Request], body: bytes) -> Request:
    try:
        return request_type.FromString(body)
    except DecodeError as error:
        raise InvalidRequest(
            f"Invalid message - Expected: {request_type.DESCRIPTOR.full_name}; "
            f"Actual: {len(body)} bytes that are none"
        ) from error


def _check_free(address: str, port: int) -> None:
    """Bind for a moment: grpc's own failure comes without the reason, and with a log of its own."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, port), family=family):
        pass
