"""The pod template: one container that serves, and where and how it may run."""

from collections.abc import Sequence

from modelserver_operator.api import ModelServer
from modelserver_operator.api.deployment import DeploymentParameters
from modelserver_operator.render.container import container
from modelserver_operator.render.context import Context
from modelserver_operator.render.manifest import Manifest, given
from modelserver_operator.render.names import pod_labels, selector
from modelserver_operator.render.security import pod_security
from modelserver_operator.render.server_kind import ServerKind
from modelserver_operator.render.shutdown import grace_seconds
from modelserver_operator.render.volumes import volumes

_OVER_NODES = {
    "maxSkew": 1,
    "topologyKey": "kubernetes.io/hostname",
    "whenUnsatisfiable": "ScheduleAnyway",
}


def pod_template(server: ModelServer, kind: ServerKind, context: Context) -> Manifest:
    """The Deployment's `template`.

    For an OVMS image it is what the old operator made, so that taking over its Deployments restarts
    nothing, but for the fields that were not there before and that the user has set.
    """
    parameters = server.spec.deployment_parameters
    annotations = dict(parameters.annotations or {})
    if parameters.openshift_service_mesh:
        annotations["sidecar.istio.io/inject"] = "true"
    return {
        "metadata": given(
            labels={**(parameters.labels or {}), **pod_labels(server)}, annotations=annotations
        ),
        "spec": given(
            **_placement(server, kind),
            **_identity(parameters, kind),
            securityContext=pod_security(server, kind, context.settings),
            terminationGracePeriodSeconds=grace_seconds(server, kind),
            containers=[container(server, kind, context)],
            volumes=[volume.definition() for volume in volumes(server, kind, context.settings)],
        ),
    }


def _placement(server: ModelServer, kind: ServerKind) -> Manifest:
    """Where the pod may run. Replicas of our runtime keep to different nodes as far as they can."""
    parameters = server.spec.deployment_parameters
    return {
        "affinity": given(
            nodeAffinity=parameters.node_affinity,
            podAffinity=parameters.pod_affinity,
            podAntiAffinity=parameters.pod_antiaffinity,
        ),
        "nodeSelector": parameters.node_selector,
        "tolerations": parameters.tolerations,
        # a constraint without a selector would count no pods at all
        "topologySpreadConstraints": [
            {"labelSelector": {"matchLabels": selector(server)}, **constraint}
            for constraint in _spread(parameters.topology_spread, kind)
        ],
    }


def _spread(asked: Sequence[Manifest] | None, kind: ServerKind) -> Sequence[Manifest]:
    if asked is None and kind.is_runtime:
        return [_OVER_NODES]
    return asked or ()


def _identity(parameters: DeploymentParameters, kind: ServerKind) -> Manifest:
    """As whom the pod runs. Our runtime never talks to the API server and needs no token."""
    return {
        "priorityClassName": parameters.priority_class,
        "runtimeClassName": parameters.runtime_class,
        "serviceAccountName": parameters.service_account,
        "automountServiceAccountToken": False if kind.is_runtime else None,
        "imagePullSecrets": [{"name": name} for name in parameters.image_pull_secrets or ()],
    }
