"""KServe v2 over gRPC, its tensors as raw contents."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final, TypeAlias

import grpc
import grpc.aio

from modelserver_runtime.contents import to_raw
from modelserver_runtime.protocols.proto import grpc_predict_v2_pb2 as pb
from modelserver_runtime.settings import SettingsError
from modelserver_runtime.tensors import OutputTensor
from modelserver_runtime.tools.bench.apis.port import AskFailed, ModelInput, datatype

_Call: TypeAlias = grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]

_SERVICE: Final = pb.DESCRIPTOR.services_by_name["GRPCInferenceService"].full_name
_OPTIONS: Final = (
    ("grpc.use_local_subchannel_pool", 1),  # channels to one address would share a connection
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
)


class KserveGrpc:
    """A model behind GRPCInferenceService.

    Args:
        address: host and port.
        timeout: seconds that a call may take.
    """

    def __init__(self, address: str, timeout: float, model: str, version: int | None) -> None:
        self._address = address
        self._timeout = timeout
        self._model = model
        self._version = "" if version is None else str(version)

    async def inputs(self) -> Sequence[ModelInput]:
        request = pb.ModelMetadataRequest(name=self._model, version=self._version)
        async with grpc.aio.insecure_channel(self._address, options=_OPTIONS) as channel:
            call: _Call = channel.unary_unary(f"/{_SERVICE}/ModelMetadata")
            try:
                answer = await call(request.SerializeToString(), timeout=self._timeout)
            except grpc.aio.AioRpcError as error:
                raise self._refusal(error) from error
        metadata = pb.ModelMetadataResponse.FromString(answer)
        return tuple(
            ModelInput(entry.name, datatype(entry.datatype, entry.name), tuple(entry.shape))
            for entry in metadata.inputs
        )

    def encode(self, tensors: Sequence[OutputTensor]) -> bytes:
        message = pb.ModelInferRequest(model_name=self._model, model_version=self._version)
        for tensor in tensors:
            message.inputs.add(
                name=tensor.name, datatype=tensor.datatype.value, shape=tensor.array.shape
            )
            message.raw_input_contents.append(to_raw(tensor))
        return message.SerializeToString()

    def client(self) -> GrpcClient:
        return GrpcClient(self._address, f"/{_SERVICE}/ModelInfer", self._timeout)

    def _refusal(self, error: grpc.aio.AioRpcError) -> Exception:
        if error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
            return ConnectionError(f"{self._address}: {error.details()}")
        return SettingsError(f"{self._address} answers {explain(error)}")


class GrpcClient:
    """Calls one method over a connection of its own, with messages that are bytes already."""

    def __init__(self, address: str, method: str, timeout: float) -> None:
        self._channel = grpc.aio.insecure_channel(address, options=_OPTIONS)
        self._call: _Call = self._channel.unary_unary(method)
        self._timeout = timeout

    async def open(self) -> None:
        async with asyncio.timeout(self._timeout):
            await self._channel.channel_ready()

    async def ask(self, request: bytes) -> None:
        try:
            await self._call(request, timeout=self._timeout)
        except grpc.aio.AioRpcError as error:
            raise AskFailed(explain(error)) from error

    async def close(self) -> None:
        await self._channel.close()


def explain(error: grpc.aio.AioRpcError) -> str:
    """An error's status and words."""
    return f"{error.code().name}: {error.details()}"
