"""From an API's name to its implementation."""

from __future__ import annotations

from modelserver_runtime.tools.bench.apis.kserve_grpc import KserveGrpc
from modelserver_runtime.tools.bench.apis.kserve_rest import KserveRest
from modelserver_runtime.tools.bench.apis.port import Api
from modelserver_runtime.tools.bench.apis.rest import RestServer
from modelserver_runtime.tools.bench.apis.tfs_rest import TfsRest
from modelserver_runtime.tools.bench.options import ApiName, Target


def api_of(target: Target, name: ApiName) -> Api:
    """The API by which to ask the target's model."""
    model, version = target.model, target.version
    match name:
        case ApiName.KFS:
            address = f"{target.address}:{target.grpc_port}"
            return KserveGrpc(address, target.timeout, model, version)
        case ApiName.REST | ApiName.REST_BINARY:
            is_binary = name is ApiName.REST_BINARY
            return KserveRest(rest_server(target), model, version, binary=is_binary)
        case ApiName.TFS_REST:
            return TfsRest(rest_server(target), model, version)


def rest_server(target: Target) -> RestServer:
    """The target's REST port, which is known to be given."""
    return RestServer(target.address, target.rest_port or 0, target.timeout)
