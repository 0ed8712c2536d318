"""How this operator runs, as typed values."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from socket import gethostname
from typing import Any
from uuid import uuid4

from modelserver_operator.render import Settings as PlatformSettings
from modelserver_operator.render.context import Peer

_SERVICE_ACCOUNT_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")

_PODS = ("operator_pods", "prometheus_pods")


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What an operator is told about itself; `platform` is what it knows of all ModelServers.

    Attributes:
        namespaces: those that are watched; none means all.
        home: the namespace that the operator runs in.
        identity: tells this process from others that want the same Lease.
        prometheus_token_file: a bearer token for Prometheus.
        prometheus_ca_file: who must have signed its certificate.
    """

    namespaces: tuple[str, ...]
    workers: int
    leader_election: bool
    lease_name: str
    port: int
    log_format: str
    log_level: str
    home: str
    identity: str
    platform: PlatformSettings
    prometheus_token_file: str | None = None
    prometheus_ca_file: str | None = None

    @property
    def lease_namespace(self) -> str:
        """Where the Lease lies: among the namespaces that are watched, since its watch is too."""
        return self.namespaces[0] if self.namespaces else self.home


def run_settings(values: Mapping[str, Any], environment: Mapping[str, str]) -> RunSettings:
    """The settings from the options' values."""
    home = environment.get("POD_NAMESPACE") or _home()
    platform = {field.name for field in fields(PlatformSettings)} & values.keys()
    pod = environment.get("POD_NAME") or gethostname()
    return RunSettings(
        namespaces=values.get("namespaces", ()),
        home=home,
        # a container that restarts in its pod must not take its own old Lease for its own
        identity=f"{pod}_{uuid4()}",
        platform=_platform({name: values[name] for name in platform}, home),
        **{name: values[name] for name in values.keys() - platform - {"namespaces"}},
    )


def _platform(values: Mapping[str, Any], home: str) -> PlatformSettings:
    pods = {name: Peer(*values[name]) for name in _PODS if name in values}
    settings = PlatformSettings(**{**values, **pods})
    if "operator_pods" in pods:
        return settings
    return replace(settings, operator_pods=replace(settings.operator_pods, namespace=home))


def _home() -> str:
    try:
        return _SERVICE_ACCOUNT_NAMESPACE.read_text(encoding="utf-8").strip()
    except OSError:
        return "default"
