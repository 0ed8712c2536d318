"""TensorFlow Serving over gRPC, its tensors as raw contents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from modelserver_runtime.protocols import tfs_grpc
from modelserver_runtime.protocols.proto import tensorflow_pb2 as tf
from modelserver_runtime.protocols.proto import tensorflow_serving_pb2 as pb
from modelserver_runtime.protocols.tfs_documents import SIGNATURE, SIGNATURE_DEF
from modelserver_runtime.tensors import OutputTensor
from modelserver_runtime.tools.bench.apis.grpc import GrpcClient, GrpcServer
from modelserver_runtime.tools.bench.apis.port import ModelInput, tfs_datatype

_SERVICE: Final = pb.DESCRIPTOR.services_by_name["PredictionService"].full_name


class TfsGrpc:
    """A model behind PredictionService."""

    def __init__(self, server: GrpcServer, model: str, version: int | None) -> None:
        self._server = server
        self._model = pb.ModelSpec(name=model)
        if version is not None:
            self._model.version.value = version

    async def inputs(self) -> Sequence[ModelInput]:
        request = pb.GetModelMetadataRequest(model_spec=self._model, metadata_field=[SIGNATURE_DEF])
        method = f"/{_SERVICE}/GetModelMetadata"
        answer = await self._server.call(method, request.SerializeToString())
        signatures = pb.SignatureDefMap()
        pb.GetModelMetadataResponse.FromString(answer).metadata[SIGNATURE_DEF].Unpack(signatures)
        inputs = signatures.signature_def[SIGNATURE].inputs
        return tuple(_described(name, inputs[name]) for name in sorted(inputs))

    def encode(self, tensors: Sequence[OutputTensor]) -> bytes:
        message = pb.PredictRequest(model_spec=self._model)
        for tensor in tensors:
            tfs_grpc.write_tensor(tensor, message.inputs[tensor.name])
        return message.SerializeToString()

    def client(self) -> GrpcClient:
        return self._server.client(f"/{_SERVICE}/Predict")


def _described(name: str, tensor: tf.TensorInfo) -> ModelInput:
    sizes = tuple(axis.size for axis in tensor.tensor_shape.dim)
    return ModelInput(name, tfs_datatype(tf.DataType.Name(tensor.dtype), name), sizes)
