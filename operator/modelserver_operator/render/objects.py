"""From a ModelServer to all the objects that make it run: a pure function of data."""

from dataclasses import dataclass

from modelserver_operator.api import InvalidManifest, ModelServer, Problem
from modelserver_operator.render import metrics
from modelserver_operator.render.advice import advice
from modelserver_operator.render.autoscaler import autoscaler
from modelserver_operator.render.context import Context
from modelserver_operator.render.deployment import deployment
from modelserver_operator.render.disruption_budget import pod_disruption_budget
from modelserver_operator.render.manifest import Manifest
from modelserver_operator.render.secrets import secrets
from modelserver_operator.render.server_kind import server_kind
from modelserver_operator.render.service import service
from modelserver_operator.render.service_monitor import service_monitor


@dataclass(frozen=True, slots=True)
class Objects:
    """All that the operator owns for one ModelServer; None is what was not asked for.

    `warnings` are lines for the user, each naming the field that it is about.
    """

    deployment: Manifest
    service: Manifest
    secrets: tuple[Manifest, ...]
    service_monitor: Manifest | None
    autoscaler: Manifest | None
    pod_disruption_budget: Manifest | None
    warnings: tuple[str, ...]

    def manifests(self) -> list[Manifest]:
        """The objects in the order to apply them: what another one needs comes before it."""
        optional = (self.pod_disruption_budget, self.service_monitor, self.autoscaler)
        return [
            *self.secrets,
            self.service,
            self.deployment,
            *(manifest for manifest in optional if manifest is not None),
        ]


def render(server: ModelServer, context: Context) -> Objects:
    """The objects of one ModelServer.

    Raises:
        InvalidManifest: flags are to say which model is served, and do not.
    """
    _check_model(server)
    kind = server_kind(server)
    return Objects(
        deployment=deployment(server, kind, context),
        service=service(server),
        secrets=secrets(server),
        service_monitor=service_monitor(server, context.settings),
        autoscaler=autoscaler(server, context.settings),
        pod_disruption_budget=pod_disruption_budget(server),
        warnings=advice(server, kind, context),
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
