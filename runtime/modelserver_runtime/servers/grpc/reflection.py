"""Server reflection: tools like grpcurl ask the server itself what it can be asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from functools import partial
from typing import Any, Final

from grpc_reflection.v1alpha import reflection_pb2 as pb

from modelserver_runtime.protocols.proto.pool import POOL
from modelserver_runtime.servers.grpc.status import Status

SERVICE: Final = "grpc.reflection.v1alpha.ServerReflection"


class ReflectionApi:
    """Describes services.

    Args:
        services: their names, without that of reflection itself.
    """

    def __init__(self, services: Iterable[str]) -> None:
        self._services = (*services, SERVICE)
        self._servicer: Any = None

    async def describe(self, request: pb.ServerReflectionRequest) -> pb.ServerReflectionResponse:
        """What one request asks for."""
        if self._servicer is None:
            self._servicer = await asyncio.to_thread(partial(_servicer, self._services))
        answers: AsyncIterator[pb.ServerReflectionResponse] = self._servicer.ServerReflectionInfo(
            _only(_findable(request)), None
        )
        answer = await anext(answers)
        answer.original_request.CopyFrom(request)
        return answer

    def refuse(
        self, request: pb.ServerReflectionRequest | None, words: str
    ) -> pb.ServerReflectionResponse:
        """The answer to a request that can't be read."""
        error = pb.ErrorResponse(error_code=Status.INVALID_ARGUMENT, error_message=words)
        return pb.ServerReflectionResponse(original_request=request, error_response=error)


def _servicer(services: Iterable[str]) -> Any:  # noqa: ANN401 - grpc_reflection has no types
    # Imported where it is wanted: grpc takes 60 ms, and nothing else of the server is made with it.
    from grpc_reflection.v1alpha.reflection import aio

    POOL.AddSerializedFile(pb.DESCRIPTOR.serialized_pb)
    return aio.ReflectionServicer(services, POOL)


def _findable(request: pb.ServerReflectionRequest) -> pb.ServerReflectionRequest:
    """The request, but for a service where it asks for a method, which protobuf doesn't find."""
    try:
        method = POOL.FindMethodByName(request.file_containing_symbol)
    except KeyError:
        return request
    return pb.ServerReflectionRequest(file_containing_symbol=method.containing_service.full_name)


async def _only(request: pb.ServerReflectionRequest) -> AsyncIterator[pb.ServerReflectionRequest]:
    yield request
