"""The rights of a pod and its container.

Our runtime needs none, so its pods satisfy the restricted Pod Security Standard, the strictest that
Kubernetes defines, and can write to nothing but their own volumes. OVMS has what it always had,
except in a namespace that would not admit it so.
"""

from modelserver_operator.api import ModelServer
from modelserver_operator.render.context import Context, Settings
from modelserver_operator.render.manifest import Manifest, given
from modelserver_operator.render.pod_security import Level
from modelserver_operator.render.server_kind import ServerKind


def container_security(server: ModelServer, kind: ServerKind, context: Context) -> Manifest:
    """The container's `securityContext`."""
    repository = server.spec.models_repository
    user, group = _number(repository.runAsUser), _number(repository.runAsGroup)
    if not kind.is_runtime and context.pod_security is not Level.RESTRICTED:
        return given(runAsUser=user, runAsGroup=group)
    # OVMS's images have a user of the same number; they name it, which Kubernetes cannot check
    usual = context.settings.runtime_user
    user = usual if user is None else user
    return given(
        runAsUser=user,
        runAsGroup=usual if group is None else group,
        runAsNonRoot=user != 0,
        readOnlyRootFilesystem=kind.is_runtime or None,
        allowPrivilegeEscalation=False,
        capabilities={"drop": ["ALL"]},
        seccompProfile={"type": "RuntimeDefault"},
    )


def pod_security(server: ModelServer, kind: ServerKind, settings: Settings) -> Manifest:
    """The pod's `securityContext`.

    A new claim for the model cache belongs to root, so its group is changed to our runtime's. That
    goes for every claim of the pod, a large one with models too, so it is done only where needed.
    """
    groups = server.spec.deployment_parameters.supplemental_groups
    cache = server.spec.model_cache
    owned = kind.is_runtime and cache.enabled and cache.volume_claim and settings.runtime_user
    if not owned:
        return given(supplementalGroups=groups)
    return given(
        supplementalGroups=groups,
        fsGroup=settings.runtime_user,
        fsGroupChangePolicy="OnRootMismatch",
    )


def _number(text: str | None) -> int | None:
    return int(text) if text else None
