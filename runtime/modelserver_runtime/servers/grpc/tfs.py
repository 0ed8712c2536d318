"""TensorFlow Serving over gRPC: messages to answers."""

from __future__ import annotations

from modelserver_runtime.dataplane import Call, Dataplane
from modelserver_runtime.metrics import Api, Interface
from modelserver_runtime.protocols import tfs_grpc
from modelserver_runtime.protocols.proto import tensorflow_serving_pb2 as pb
from modelserver_runtime.requests import InferRequest


class TfsApi:
    """Answers the gRPC requests of one server: a method for each call of the two services.

    Each may raise a ServingError.
    """

    def __init__(self, dataplane: Dataplane) -> None:
        self._dataplane = dataplane

    async def predict(self, request: pb.PredictRequest) -> pb.PredictResponse:
        """One inference."""

        def decode() -> InferRequest:
            return tfs_grpc.decode_predict(request)

        call = _call(request.model_spec)
        return await self._dataplane.infer(call, decode, tfs_grpc.encode_predict)

    async def get_model_metadata(
        self, request: pb.GetModelMetadataRequest
    ) -> pb.GetModelMetadataResponse:
        """What the model takes and gives."""
        tfs_grpc.check_metadata_fields(request)
        return tfs_grpc.encode_metadata(self._dataplane.metadata(_call(request.model_spec)))

    async def get_model_status(
        self, request: pb.GetModelStatusRequest
    ) -> pb.GetModelStatusResponse:
        """Which versions there are, in what state."""
        return tfs_grpc.encode_status(self._dataplane.status(_call(request.model_spec)))


def _call(spec: pb.ModelSpec) -> Call:
    version = tfs_grpc.decode_version(spec)
    return Call(spec.name, version, Interface.GRPC, Api.TENSORFLOW_SERVING)
