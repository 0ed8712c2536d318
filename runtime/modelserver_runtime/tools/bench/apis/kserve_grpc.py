"""KServe v2 over gRPC, its tensors as raw contents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from modelserver_runtime.contents import to_raw
from modelserver_runtime.protocols.proto import grpc_predict_v2_pb2 as pb
from modelserver_runtime.tensors import OutputTensor
from modelserver_runtime.tools.bench.apis.grpc import GrpcClient, GrpcServer
from modelserver_runtime.tools.bench.apis.port import ModelInput, datatype

_SERVICE: Final = pb.DESCRIPTOR.services_by_name["GRPCInferenceService"].full_name


class KserveGrpc:
    """A model behind GRPCInferenceService."""

    def __init__(self, server: GrpcServer, model: str, version: int | None) -> None:
        self._server = server
        self._model = model
        self._version = "" if version is None else str(version)

    async def inputs(self) -> Sequence[ModelInput]:
        request = pb.ModelMetadataRequest(name=self._model, version=self._version)
        answer = await self._server.call(f"/{_SERVICE}/ModelMetadata", request.SerializeToString())
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
        return self._server.client(f"/{_SERVICE}/ModelInfer")
