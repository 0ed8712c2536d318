"""KServe v2 over gRPC: messages to answers."""

from __future__ import annotations

from modelserver_runtime.dataplane import Call, Dataplane
from modelserver_runtime.errors import DeviceFailing, VersionNotLoaded
from modelserver_runtime.metrics import Interface
from modelserver_runtime.protocols import kserve_grpc
from modelserver_runtime.protocols.kserve_message import InferMessage
from modelserver_runtime.protocols.proto import grpc_predict_v2_pb2 as pb
from modelserver_runtime.requests import InferRequest, InferResponse


class GrpcApi:
    """Answers the gRPC requests of one server: a method for each call of the service."""

    def __init__(self, dataplane: Dataplane) -> None:
        self._dataplane = dataplane

    async def server_live(self, _request: pb.ServerLiveRequest) -> pb.ServerLiveResponse:
        """Whether the process is up, which an answer proves."""
        return pb.ServerLiveResponse(live=True)

    async def server_ready(self, _request: pb.ServerReadyRequest) -> pb.ServerReadyResponse:
        """Whether requests should be sent here."""
        return pb.ServerReadyResponse(ready=self._dataplane.server_ready)

    async def server_metadata(
        self, _request: pb.ServerMetadataRequest
    ) -> pb.ServerMetadataResponse:
        """What the server says of itself."""
        server = self._dataplane.server_metadata
        return pb.ServerMetadataResponse(
            name=server.name, version=server.version, extensions=server.extensions
        )

    async def model_ready(self, request: pb.ModelReadyRequest) -> pb.ModelReadyResponse:
        """Whether the model answers. Raises ServingError where there is no such model."""
        try:
            self._dataplane.model_ready(_call(request.name, request.version))
        except (DeviceFailing, VersionNotLoaded):
            return pb.ModelReadyResponse(ready=False)
        return pb.ModelReadyResponse(ready=True)

    async def model_metadata(self, request: pb.ModelMetadataRequest) -> pb.ModelMetadataResponse:
        """What the model takes and gives. Raises ServingError."""
        metadata = self._dataplane.metadata(_call(request.name, request.version))
        return kserve_grpc.encode_model_metadata(metadata)

    async def model_infer(self, request: InferMessage) -> pb.ModelInferResponse:
        """One inference. Raises ServingError."""
        message = request.message

        def decode() -> InferRequest:
            return kserve_grpc.decode_infer(message, request.raw_contents)

        def encode(_request: InferRequest, response: InferResponse) -> pb.ModelInferResponse:
            answer = kserve_grpc.encode_infer(response)
            kserve_grpc.echo(message, answer)
            return answer

        call = _call(message.model_name, message.model_version)
        return await self._dataplane.infer(call, decode, encode)

    async def model_stream_infer(self, request: InferMessage) -> pb.ModelStreamInferResponse:
        """One inference of a stream. Raises ServingError."""
        return pb.ModelStreamInferResponse(infer_response=await self.model_infer(request))

    def refuse_in_stream(
        self, request: InferMessage | None, words: str
    ) -> pb.ModelStreamInferResponse:
        """What a stream says of an inference that failed: the stream itself goes on."""
        response = pb.ModelInferResponse(id=request.message.id if request else "")
        return pb.ModelStreamInferResponse(error_message=words, infer_response=response)

    async def model_config(self, request: pb.ModelConfigRequest) -> pb.ModelConfigResponse:
        """How the model is served. Raises ServingError."""
        config = self._dataplane.config(_call(request.name, request.version))
        return kserve_grpc.encode_config(config)

    async def model_statistics(
        self, request: pb.ModelStatisticsRequest
    ) -> pb.ModelStatisticsResponse:
        """What the model has done, or else all models. Raises ServingError."""
        version = kserve_grpc.decode_version(request.version) if request.name else None
        return kserve_grpc.encode_statistics(self._dataplane.statistics(request.name, version))


def _call(model: str, version: str) -> Call:
    return Call(model, kserve_grpc.decode_version(version), Interface.GRPC)
