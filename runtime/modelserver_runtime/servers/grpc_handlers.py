"""From a call of our table to what grpc calls: bytes in, bytes out, errors as statuses.

grpc would answer INTERNAL where a message can't be read, which is the client's mistake and says
nothing; reading it here gives it the right code and words.
"""

from __future__ import annotations

import asyncio
import logging
from time import monotonic
from typing import Any, Final, NamedTuple, TypeAlias

import grpc
from google.protobuf.message import DecodeError

from modelserver_runtime.errors import Code, InvalidRequest, ServingError
from modelserver_runtime.servers.grpc_conversation import converse
from modelserver_runtime.servers.grpc_services import Conversation, Stream, Unary

logger = logging.getLogger(__name__)

Handler: TypeAlias = "grpc.RpcMethodHandler[bytes, bytes]"
Context: TypeAlias = "grpc.aio.ServicerContext[bytes, bytes]"

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

_WORDS_AT_MOST: Final = 600
"""Characters of an error. It travels in a header, which clients cap at 8 KiB, and percent-encoding
makes up to 12 bytes of a character."""


class Traffic:
    """Whether requests still come. Each is a ``with`` block around its answer."""

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
        """How long no request has been in progress."""
        return 0.0 if self._in_progress else monotonic() - self._last_end


class Handlers:
    """Makes the handlers of one server.

    Args:
        ending: set once the server ends, and conversations with it.
    """

    def __init__(self, traffic: Traffic, ending: asyncio.Event) -> None:
        self._traffic = traffic
        self._ending = ending

    def of(self, call: Unary | Stream | Conversation) -> Handler:
        """The handler of one call."""
        match call:
            case Unary():
                return _unary_handler(call, self._traffic)
            case Stream():
                return _stream_handler(call)
            case Conversation():
                return _conversation_handler(call, self._traffic, self._ending)


class _Refusal(NamedTuple):
    """How a request is refused."""

    code: grpc.StatusCode
    words: str


def _refusal(error: Exception) -> _Refusal:
    if isinstance(error, ServingError):
        return _Refusal(_STATUS[error.code], error.message[:_WORDS_AT_MOST])
    logger.error("A gRPC request failed", exc_info=error)
    return _Refusal(grpc.StatusCode.INTERNAL, "Internal server error")


def _unary_handler(call: Unary, traffic: Traffic) -> Handler:
    request_type, answer = call

    async def handle(body: bytes, context: Context) -> bytes:
        with traffic:
            try:
                response = await answer(_parsed(request_type, body))
                return response.SerializeToString()
            except Exception as error:  # noqa: BLE001 - whatever it is, the client hears of it
                refusal = _refusal(error)
            return await context.abort(*refusal)

    return grpc.unary_unary_rpc_method_handler(handle)


def _stream_handler(call: Stream) -> Handler:
    """Streams only watch the server: they are no traffic."""

    async def handle(body: bytes, context: Context) -> None:
        try:
            request = _parsed(call.request_type, body)
        except InvalidRequest as error:
            await context.abort(*_refusal(error))
        async for response in call.answers(request):
            await context.write(response.SerializeToString())

    return grpc.unary_stream_rpc_method_handler(handle)


def _conversation_handler(call: Conversation, traffic: Traffic, ending: asyncio.Event) -> Handler:
    async def answer(body: bytes) -> bytes:
        request = None
        with traffic:
            try:
                request = _parsed(call.request_type, body)
                response = await call.answer(request)
            except Exception as error:  # noqa: BLE001 - whatever it is, the client hears of it
                response = call.refuse(request, _refusal(error).words)
            return response.SerializeToString()

    async def handle(_requests: object, context: Context) -> None:
        await converse(context, answer, ending)

    return grpc.stream_stream_rpc_method_handler(handle)


def _parsed(request_type: type[Any], body: bytes) -> Any:  # noqa: ANN401
    try:
        return request_type.FromString(body)
    except DecodeError as error:
        raise InvalidRequest(
            f"Invalid message - Expected: {request_type.DESCRIPTOR.full_name}; "
            f"Actual: {len(body)} bytes that are none"
        ) from error
