"""The Service: one address for all replicas."""

from modelserver_operator.api import ModelServer
from modelserver_operator.api import service as defaults
from modelserver_operator.render.manifest import Manifest, metadata
from modelserver_operator.render.names import (
    GRPC_PORT,
    REST_PORT,
    fullname,
    object_labels,
    service_selector,
)


def service(server: ModelServer) -> Manifest:
    """The Service, which maps the ports that the user chose onto the server's fixed ones."""
    parameters = server.spec.service_parameters
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(server, fullname(server), object_labels(server)),
        "spec": {
            "type": parameters.service_type or "ClusterIP",
            "selector": service_selector(server),
            "ports": [
                _port("grpc", parameters.grpc_port or defaults.GRPC_PORT, GRPC_PORT),
                _port("rest", parameters.rest_port or defaults.REST_PORT, REST_PORT),
            ],
        },
    }


def _port(name: str, port: int, target: int) -> Manifest:
    return {"name": name, "port": port, "targetPort": target, "protocol": "TCP"}
