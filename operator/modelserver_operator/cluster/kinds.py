"""The kinds of object that the operator reads or writes, and where the API server keeps them.

They stand in a table, so that no discovery is needed to address them; whether an optional one is
installed shows when it is asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of object. `group` is empty for the core group, as in RBAC rules."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool = True

    @property
    def api_version(self) -> str:
        """As it stands in a manifest: `v1`, `apps/v1`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def api_path(self) -> str:
        """Where the group's version is served: `/api/v1`, `/apis/apps/v1`."""
        return f"/{'apis' if self.group else 'api'}/{self.api_version}"

    def path(self, namespace: str | None = None, name: str = "", subresource: str = "") -> str:
        """The path of all objects, of those in a namespace, or of one or a part of it."""
        home = ("namespaces", namespace) if namespace and self.namespaced else ()
        return "/".join(filter(None, (self.api_path, *home, self.plural, name, subresource)))

    def __str__(self) -> str:
        return self.kind


MODEL_SERVER = Kind("intel.com", "v1alpha1", "ModelServer", "modelservers")
CONFIG_MAP = Kind("", "v1", "ConfigMap", "configmaps")
SECRET = Kind("", "v1", "Secret", "secrets")
SERVICE = Kind("", "v1", "Service", "services")
POD = Kind("", "v1", "Pod", "pods")
NAMESPACE = Kind("", "v1", "Namespace", "namespaces", namespaced=False)
DEPLOYMENT = Kind("apps", "v1", "Deployment", "deployments")
REPLICA_SET = Kind("apps", "v1", "ReplicaSet", "replicasets")
CONTROLLER_REVISION = Kind("apps", "v1", "ControllerRevision", "controllerrevisions")
DISRUPTION_BUDGET = Kind("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets")
NETWORK_POLICY = Kind("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies")
AUTOSCALER = Kind("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers")
SCALED_OBJECT = Kind("keda.sh", "v1alpha1", "ScaledObject", "scaledobjects")
SERVICE_MONITOR = Kind("monitoring.coreos.com", "v1", "ServiceMonitor", "servicemonitors")
PROMETHEUS = Kind("monitoring.coreos.com", "v1", "Prometheus", "prometheuses")
EVENT = Kind("events.k8s.io", "v1", "Event", "events")
LEASE = Kind("coordination.k8s.io", "v1", "Lease", "leases")
API_SERVICE = Kind("apiregistration.k8s.io", "v1", "APIService", "apiservices", namespaced=False)
ACCESS_REVIEW = Kind(
    "authorization.k8s.io",
    "v1",
    "SelfSubjectAccessReview",
    "selfsubjectaccessreviews",
    namespaced=False,
)

KINDS = (
    MODEL_SERVER,
    CONFIG_MAP,
    SECRET,
    SERVICE,
    POD,
    NAMESPACE,
    DEPLOYMENT,
    REPLICA_SET,
    CONTROLLER_REVISION,
    DISRUPTION_BUDGET,
    NETWORK_POLICY,
    AUTOSCALER,
    SCALED_OBJECT,
    SERVICE_MONITOR,
    PROMETHEUS,
    EVENT,
    LEASE,
    API_SERVICE,
    ACCESS_REVIEW,
)

_BY_NAME = {(kind.api_version, kind.kind): kind for kind in KINDS}


def kind_of(manifest: Mapping[str, Any]) -> Kind:
    """The kind of a manifest; a KeyError if the operator has nothing to do with it."""
    return _BY_NAME[manifest["apiVersion"], manifest["kind"]]
