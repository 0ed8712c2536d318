"""The ConfigMap with a ModelServer's dashboard, which Grafana's sidecar picks up by its label."""

from modelserver_operator.api import ModelServer
from modelserver_operator.monitoring.dashboards import Subject, as_json, single
from modelserver_operator.render.context import Settings
from modelserver_operator.render.manifest import Manifest, metadata
from modelserver_operator.render.names import fullname


def dashboard(server: ModelServer, settings: Settings) -> Manifest | None:
    """The ConfigMap, where one is asked for.

    The sidecar puts the files of all namespaces into one folder, hence the namespace in the key.
    """
    field = server.spec.monitoring.dashboard
    if not field.enabled:
        return None
    namespace, service = server.metadata.namespace, fullname(server)
    labels = {**settings.dashboard_labels, **(field.labels or {})}
    made = single(Subject(namespace, server.metadata.name, service))
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata(server, f"{service}-dashboard", labels),
        "data": {f"{namespace}-{service}.json": as_json(made)},
    }
