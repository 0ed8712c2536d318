"""All that rendering needs to know beside the ModelServer, looked up before and passed in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version

from modelserver_operator.render.pod_security import Level

DEFAULT_WINDOW = "1m"
"""The time over which the ratio is averaged where nobody says otherwise."""


def _default_runtime_image() -> str:
    """The runtime is released with the operator; its registry is the administrator's to name."""
    return f"modelserver-runtime:{version('modelserver')}"


@dataclass(frozen=True, slots=True)
class Peer:
    """Pods that a NetworkPolicy lets in: those of a namespace that have all of the labels."""

    namespace: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Settings:
    """What an administrator sets once for all ModelServers.

    Attributes:
        runtime_image: The image of a ModelServer that names none.
        runtime_user: The user and group of our runtime's pods. None leaves them to the image and
            the platform, as OpenShift wants it.
        service_monitor_labels: Labels by which Prometheus finds ServiceMonitors, such as
            `release: prometheus`.
        dashboard_labels: Labels by which Grafana's sidecar finds dashboards.
        prometheus_url: Where KEDA asks for the ratio, and the operator whether it is there. None
            means the Service that the Prometheus Operator makes.
        prometheus_insecure: Whether any certificate of that Prometheus's is taken.
        keda_authentication: The ClusterTriggerAuthentication with which KEDA asks it, if it wants
            to know who is asking.
        adapter_window: The window of the cluster's one prometheus-adapter rule. None where each
            ModelServer's own window is obeyed.
        allow_host_path_cache: Whether a model cache may lie in a folder of the node, where pods
            of other namespaces might write to it as well.
        operator_pods: The operator, which asks servers for their state.
        prometheus_pods: The Prometheus that scrapes servers.
    """

    runtime_image: str = field(default_factory=_default_runtime_image)
    runtime_user: int | None = 5000
    service_monitor_labels: Mapping[str, str] = field(default_factory=dict)
    dashboard_labels: Mapping[str, str] = field(default_factory=lambda: {"grafana_dashboard": "1"})
    prometheus_url: str | None = None
    prometheus_insecure: bool = False
    keda_authentication: str | None = None
    adapter_window: str | None = DEFAULT_WINDOW
    allow_host_path_cache: bool = False
    operator_pods: Peer = Peer(
        "modelserver-operator", {"app.kubernetes.io/name": "modelserver-operator"}
    )
    prometheus_pods: Peer = Peer("monitoring", {"app.kubernetes.io/name": "prometheus"})


@dataclass(frozen=True, slots=True)
class Context:
    """What is known about one ModelServer's surroundings.

    Attributes:
        settings: The administrator's settings.
        config_maps: The data of the ConfigMaps in the ModelServer's namespace that could be looked
            up, by name.
        replicas: The replica count in force under an autoscaler, which outranks the manifest's.
            None where the manifest decides.
        pod_security: The Pod Security Standard that the ModelServer's namespace enforces.
    """

    settings: Settings = field(default_factory=Settings)
    config_maps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    replicas: int | None = None
    pod_security: Level = Level.PRIVILEGED
