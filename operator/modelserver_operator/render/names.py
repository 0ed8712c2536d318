"""The names and labels of a ModelServer's objects.

They are those that the Helm chart inside Intel's operator gave, so that its Deployments (whose
selector cannot be changed) and Services can be taken over in place, and so that dashboards, network
policies and monitors written for them go on working.
"""

from modelserver_operator.api import ModelServer

GRPC_PORT = 8080
REST_PORT = 8081
CONTAINER = "ovms"

_CHART = "ovms-4.0.0"
_LONGEST_NAME = 63


def fullname(server: ModelServer) -> str:
    """The name of the Deployment, of the Service and of all that goes with them."""
    return fullname_of(server.metadata.name)


def fullname_of(name: str) -> str:
    """The same, of a ModelServer of which only the name is known."""
    return (name if "ovms" in name else f"{name}-ovms")[:_LONGEST_NAME].rstrip("-")


def service_selector(server: ModelServer) -> dict[str, str]:
    """The labels that the Service and a ServiceMonitor select by."""
    return {"app": fullname(server)}


def selector(server: ModelServer) -> dict[str, str]:
    """The labels that the Deployment selects its pods by; they can never change."""
    return {"release": server.metadata.name, "app": fullname(server)}


def pod_labels(server: ModelServer) -> dict[str, str]:
    """The labels of a pod. No version is among them: it would restart every pod at each upgrade."""
    return {"heritage": "Helm", **selector(server)}


def object_labels(server: ModelServer) -> dict[str, str]:
    """The labels of the Deployment and the Service."""
    return {"heritage": "Helm", "chart": _CHART, **selector(server)}
