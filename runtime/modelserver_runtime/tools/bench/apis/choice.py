"""From an API's name to its implementation."""

from __future__ import annotations

from modelserver_runtime.tools.bench.apis.grpc import GrpcServer
from modelserver_runtime.tools.bench.apis.kserve_grpc import KserveGrpc
from modelserver_runtime.tools.bench.apis.kserve_rest import KserveRest
from modelserver_runtime.tools.bench.apis.port import Api
from modelserver_runtime.tools.bench.apis.rest import RestServer
from modelserver_runtime.tools.bench.apis.tfs_grpc import TfsGrpc
from modelserver_runtime.tools.bench.apis.tfs_rest import TfsRest
from modelserver_runtime.tools.bench.options import ApiName, Target


def api_of(target: Target, name: ApiName) -> Api:
    """The API by which to ask the target's model."""
    model, version = target.model, target.version
    match name:
        case ApiName.KFS:
            return KserveGrpc(_grpc_server(target), model, version)
        case ApiName.REST | ApiName.REST_BINARY:
            is_binary = name is ApiName.REST_BINARY
            return KserveRest(rest_server(target), model, version, binary=is_binary)
        case ApiName.TFS:
            return TfsGrpc(_grpc_server(target), model, version)
        case ApiName.TFS_REST:
            return TfsRest(rest_server(target), model, version)


def rest_server(target: Target) -> RestServer:
    """The target's REST port, which is known to be given."""
    return RestServer(target.address, target.rest_port or 0, target.timeout)


def _grpc_server(target: Target) -> GrpcServer:
    return GrpcServer(target.address, target.grpc_port or 0, target.timeout)
