"""From a ModelServer to all the objects that make it run: a pure function of data."""

from dataclasses import dataclass

from modelserver_operator.api import InvalidManifest, ModelServer, Problem
from modelserver_operator.render import metrics
from modelserver_operator.render.advice import advice
from modelserver_operator.render.autoscaler import autoscaler
from modelserver_operator.render.context import Context
from modelserver_operator.render.dashboard import dashboard
from modelserver_operator.render.deployment import deployment
from modelserver_operator.render.disruption_budget import pod_disruption_budget
from modelserver_operator.render.manifest import Manifest
from modelserver_operator.render.network_policy import network_policy
from modelserver_operator.render.pod_security import refusals
from modelserver_operator.render.secrets import secrets
from modelserver_operator.render.server_kind import server_kind
from modelserver_operator.render.service import service
from modelserver_operator.render.service_monitor import service_monitor


@dataclass(frozen=True, slots=True)
class Objects:
    """All that the operator owns for one ModelServer; None is what was not asked for.

    `warnings` are lines for the user, each naming the field that it is about; `refusals` say in
    such lines why the namespace's Pod Security Standard lets no pod start.
    """

    deployment: Manifest
    service: Manifest
    secrets: tuple[Manifest, ...]
    service_monitor: Manifest | None
    dashboard: Manifest | None
    autoscaler: Manifest | None
    pod_disruption_budget: Manifest | None
    network_policy: Manifest | None
    warnings: tuple[str, ...]
    refusals: tuple[str, ...]

    def manifests(self) -> list[Manifest]:
        """The objects in the order to apply them: what another one needs comes before it."""
        before = (*self.secrets, self.network_policy, self.service)
        after = (
            self.pod_disruption_budget,
            self.service_monitor,
            self.dashboard,
            self.autoscaler,
        )
        ordered = (*before, self.deployment, *after)
        return [manifest for manifest in ordered if manifest is not None]


def render(server: ModelServer, context: Context) -> Objects:
    """The objects of one ModelServer.

    Raises:
        InvalidManifest: flags are to say which model is served, and do not.
    """
    _check_model(server)
    kind = server_kind(server)
    workload = deployment(server, kind, context)
    return Objects(
        deployment=workload,
        service=service(server),
        secrets=secrets(server),
        service_monitor=service_monitor(server, context.settings),
        dashboard=dashboard(server, context.settings),
        autoscaler=autoscaler(server, context.settings),
        pod_disruption_budget=pod_disruption_budget(server),
        network_policy=network_policy(server, context.settings),
        warnings=advice(server, kind, context),
        refusals=tuple(refusals(workload["spec"]["template"]["spec"], context.pod_security)),
    )


def _check_model(server: ModelServer) -> None:
    """A server without a model would exit at once.

    The API does not ask for one, so that objects which lack it can still be scaled and deleted.
    """
    settings = server.spec.models_settings
    wanted = {"model_name": settings.model_name, "model_path": settings.model_path}
    missing = tuple(
        Problem(f"spec.models_settings.{name}", None, "given unless single_model_mode is false")
        for name, value in wanted.items()
        if not value
    )
    if missing and metrics.is_single_model(server):
        raise InvalidManifest(missing)
