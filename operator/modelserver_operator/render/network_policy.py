"""The NetworkPolicy, which lets in who has business with the server and nobody else."""

from collections.abc import Iterator

from modelserver_operator.api import ModelServer
from modelserver_operator.render.context import Peer, Settings
from modelserver_operator.render.manifest import Manifest, metadata
from modelserver_operator.render.names import fullname, selector

_ANY_POD_OF_THE_NAMESPACE: Manifest = {"podSelector": {}}


def network_policy(server: ModelServer, settings: Settings) -> Manifest | None:
    """The NetworkPolicy, where one is asked for.

    Clients have both ports. The operator and Prometheus have the REST port, where state and metrics
    are told. Nothing is said of what the pods may reach, since models may come from anywhere.
    """
    if not server.spec.network_policy.enabled:
        return None
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata(server, fullname(server)),
        "spec": {
            "podSelector": {"matchLabels": selector(server)},
            "policyTypes": ["Ingress"],
            "ingress": list(_rules(server, settings)),
        },
    }


def _rules(server: ModelServer, settings: Settings) -> Iterator[Manifest]:
    """Who is let in. A rule without a peer would let in everyone, so there is none without."""
    yield _admit([_pods(settings.operator_pods), _pods(settings.prometheus_pods)], "rest")
    clients = server.spec.network_policy.clients
    if clients is None:
        clients = [_ANY_POD_OF_THE_NAMESPACE]
    if clients:
        yield _admit(clients, "grpc", "rest")


def _admit(peers: list[Manifest], *ports: str) -> Manifest:
    return {"from": peers, "ports": [{"port": port, "protocol": "TCP"} for port in ports]}


def _pods(peer: Peer) -> Manifest:
    return {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": peer.namespace}},
        "podSelector": {"matchLabels": dict(peer.labels)},
    }
