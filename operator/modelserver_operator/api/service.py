"""`spec.service_parameters` and `spec.network_policy`: how clients reach the server."""

from typing import ClassVar, Literal

from modelserver_operator.api.block import Block
from modelserver_operator.api.fields import field
from modelserver_operator.api.rules import Rule
from modelserver_operator.api.values import FreeFormList, Port

GRPC_PORT = 8080
REST_PORT = 8081


def _ports_differ(service: "ServiceParameters") -> bool:
    return (service.grpc_port or GRPC_PORT) != (service.rest_port or REST_PORT)


class ServiceParameters(Block):
    """The Service in front of the pods."""

    grpc_port: Port | None = field("Port of the gRPC API on the Service.", GRPC_PORT)
    rest_port: Port | None = field("Port of the REST API on the Service.", REST_PORT)
    service_type: Literal["ClusterIP", "NodePort", "LoadBalancer"] | None = field(
        "Who can reach the Service.", "ClusterIP"
    )

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            field="rest_port",
            must=f"different from grpc_port ({REST_PORT} and {GRPC_PORT} where not given)",
            cel=f"(has(self.grpc_port) ? self.grpc_port : {GRPC_PORT})"
            f" != (has(self.rest_port) ? self.rest_port : {REST_PORT})",
            holds=_ports_differ,
        ),
    )


class NetworkPolicy(Block):
    """Which traffic the pods accept."""

    enabled: bool | None = field(
        "Whether to make a NetworkPolicy that lets in clients, the operator and Prometheus alone.",
        True,
    )
    clients: FreeFormList | None = field(
        "Who may send requests, as in a NetworkPolicy's ingress.from; left out, every pod of the "
        "namespace.",
        "[{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: web}}}]",
    )
