"""Server reflection: tools like grpcurl ask the server itself what it can be asked."""

from __future__ import annotations

from collections.abc import Iterable

import grpc
from grpc_reflection.v1alpha.reflection import SERVICE_NAME, enable_server_reflection
from grpc_reflection.v1alpha.reflection_pb2 import DESCRIPTOR

from modelserver_runtime.protocols.proto.pool import POOL


def add_reflection(server: grpc.aio.Server, services: Iterable[str]) -> None:
    """Let the server describe these services, and the one that describes them."""
    POOL.AddSerializedFile(DESCRIPTOR.serialized_pb)
    enable_server_reflection((*services, SERVICE_NAME), server, POOL)
