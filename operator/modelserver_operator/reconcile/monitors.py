"""Which ServiceMonitors have Prometheus scrape a Service; two would scrape every pod twice."""

from modelserver_operator.cluster.label_selectors import selects
from modelserver_operator.cluster.port import Manifest


def scrapes(monitor: Manifest, service: Manifest) -> bool:
    """Whether the ServiceMonitor selects the Service and one of the ports that serve metrics."""
    spec = monitor["spec"]
    return (
        _in_reach(monitor, service["metadata"]["namespace"])
        and selects(spec.get("selector", {}), service["metadata"].get("labels", {}))
        and any(_is_port_of(endpoint, service) for endpoint in spec.get("endpoints", ()))
    )


def _in_reach(monitor: Manifest, namespace: str) -> bool:
    match monitor["spec"].get("namespaceSelector"):
        case {"any": True}:
            return True
        case {"matchNames": [_, *_] as names}:
            return namespace in names
    return bool(monitor["metadata"]["namespace"] == namespace)


def _is_port_of(endpoint: Manifest, service: Manifest) -> bool:
    """Whether the endpoint is the REST port, by its name or by the pods' own number."""
    rest = next(port for port in service["spec"]["ports"] if port["name"] == "rest")
    by_name, by_target = endpoint.get("port"), endpoint.get("targetPort")
    return by_name == "rest" if by_name else by_target in ("rest", rest["targetPort"])
