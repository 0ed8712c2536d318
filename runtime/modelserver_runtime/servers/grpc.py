"""The listening side of gRPC, on grpc.aio: calls come, and a drain loses none.

Handlers take and give bytes. grpc would answer INTERNAL where a message can't be read, which is the
client's mistake and says nothing; reading it here gives it the right code and words.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final, TypeVar

import grpc
from google.protobuf.message import DecodeError, Message

from modelserver_runtime.administration import Administration
from modelserver_runtime.dataplane import Dataplane
from modelserver_runtime.errors import Code, InvalidRequest, ServingError
from modelserver_runtime.protocols.proto import grpc_predict_v2_pb2 as pb
from modelserver_runtime.servers.grpc_admin import GrpcAdminApi
from modelserver_runtime.servers.grpc_api import GrpcApi

logger = logging.getLogger(__name__)

SERVICE: Final = "inference.GRPCInferenceService"

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

CONNECTION_AGE_SECONDS: Final = 10.0
"""After which a connection is told to finish its calls and come anew. Otherwise a client stays with
the replica that it met first: a new replica gets no load, an old one is never free to leave."""

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
        administration: answers for the model repository; None leaves those calls unimplemented.
    """

    def __init__(
        self,
        dataplane: Dataplane,
        address: str,
        port: int,
        connection_age: float = CONNECTION_AGE_SECONDS,
        administration: Administration | None = None,
    ) -> None:
        self._api = GrpcApi(dataplane)
        self._admin_api = GrpcAdminApi(administration) if administration else None
        self._address = address
        self._port = port
        self._connection_age = connection_age
        self._traffic = _Traffic()
        self._server: grpc.aio.Server | None = None

    @property
    def port(self) -> int:
        """Where it listens; the one that the system chose, if it was told to (port 0)."""
        return self._port

    async def start(self) -> None:
        """Listen. Raises OSError where the address is taken or not this machine's."""
        _check_free(self._address, self._port)
        self._server = grpc.aio.server(options=_options(self._connection_age))
        handlers = _handlers(self._api, self._admin_api, self._traffic)
        self._server.add_generic_rpc_handlers([handlers])
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
        await self._server.stop(max(0.0, end - monotonic()))

    async def _clients_gone(self, deadline: float) -> None:
        while self._traffic.quiet_seconds() < _QUIET_SECONDS:
            if monotonic() > deadline:
                return
            await asyncio.sleep(_LOOK_SECONDS)


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


def _options(connection_age: float) -> list[tuple[str, int]]:
    return [
        ("grpc.so_reuseport", 0),  # a second server on the port has to fail, not share it silently
        ("grpc.max_receive_message_length", _MESSAGE_AT_MOST),
        ("grpc.max_send_message_length", -1),
        ("grpc.max_connection_age_ms", round(connection_age * 1000)),
    ]


def _handlers(
    api: GrpcApi, admin: GrpcAdminApi | None, traffic: _Traffic
) -> grpc.GenericRpcHandler:
    handlers = {
        "ServerLive": _handler(pb.ServerLiveRequest, api.server_live, traffic),
        "ServerReady": _handler(pb.ServerReadyRequest, api.server_ready, traffic),
        "ServerMetadata": _handler(pb.ServerMetadataRequest, api.server_metadata, traffic),
        "ModelReady": _handler(pb.ModelReadyRequest, api.model_ready, traffic),
        "ModelMetadata": _handler(pb.ModelMetadataRequest, api.model_metadata, traffic),
        "ModelInfer": _handler(pb.ModelInferRequest, api.model_infer, traffic),
    }
    if admin is not None:
        handlers |= {
            "RepositoryIndex": _handler(pb.RepositoryIndexRequest, admin.index, traffic),
            "RepositoryModelLoad": _handler(pb.RepositoryModelLoadRequest, admin.load, traffic),
            "RepositoryModelUnload": _handler(
                pb.RepositoryModelUnloadRequest, admin.unload, traffic
            ),
        }
    return grpc.method_handlers_generic_handler(SERVICE, handlers)


def _handler(
    request_type: type[Request], answer: Callable[[Request], Awaitable[Message]], traffic: _Traffic
) -> grpc.RpcMethodHandler[bytes, bytes]:
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
