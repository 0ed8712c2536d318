"""Triton's model repository extension over gRPC: messages to answers."""

from __future__ import annotations

from modelserver_runtime.administration import Administration, check_parameters
from modelserver_runtime.errors import InvalidRequest
from modelserver_runtime.protocols.proto import grpc_predict_v2_pb2 as pb


class GrpcAdminApi:
    """Answers administrators: a method for each call of the extension."""

    def __init__(self, administration: Administration) -> None:
        self._administration = administration

    async def index(self, request: pb.RepositoryIndexRequest) -> pb.RepositoryIndexResponse:
        """Every version and its state."""
        _check_repository(request.repository_name)
        entries = self._administration.index(ready_only=request.ready)
        models = [pb.RepositoryIndexResponse.ModelIndex(**entry._asdict()) for entry in entries]
        return pb.RepositoryIndexResponse(models=models)

    async def load(self, request: pb.RepositoryModelLoadRequest) -> pb.RepositoryModelLoadResponse:
        """Load a model. Raises ServingError where no version of it answers then."""
        _check_repository(request.repository_name)
        check_parameters(request.parameters)
        await self._administration.load(request.model_name)
        return pb.RepositoryModelLoadResponse()

    async def unload(
        self, request: pb.RepositoryModelUnloadRequest
    ) -> pb.RepositoryModelUnloadResponse:
        """Unload a model. Raises ServingError where there is none of that name."""
        _check_repository(request.repository_name)
        check_parameters(request.parameters)
        await self._administration.unload(request.model_name)
        return pb.RepositoryModelUnloadResponse()


def _check_repository(name: str) -> None:
    if name:
        raise InvalidRequest(f"repository_name {name!r} - Expected: none, this server has only one")
