"""The Pod Security Standard of a namespace, by which Kubernetes refuses pods.

A refused pod leaves no trace but an event of its ReplicaSet, so what would be refused is found here
beforehand and said of the field that is to blame.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum

from modelserver_operator.render.manifest import Manifest

ENFORCE_LABEL = "pod-security.kubernetes.io/enforce"


class Level(StrEnum):
    """How strict a namespace is, from the least on."""

    PRIVILEGED = "privileged"
    BASELINE = "baseline"
    RESTRICTED = "restricted"


def enforced(namespace_labels: Mapping[str, str]) -> Level:
    """The level that a namespace with these labels enforces; without the label it is the least.

    An unknown value counts as the strictest, as it does for Kubernetes.
    """
    label = namespace_labels.get(ENFORCE_LABEL, Level.PRIVILEGED)
    return Level(label) if label in list(Level) else Level.RESTRICTED


_HOST_PATHS = {
    "models": ("spec.models_repository.models_host_path", "models_volume_claim"),
    "cache": ("spec.model_cache.host_path", "volume_claim, or neither"),
}


def refusals(pod: Manifest, level: Level) -> Iterator[str]:
    """Why a namespace of this level refuses a pod of ours; a line for each field to be changed.

    `pod` is the `spec` of a rendered pod template, which meets all else that the standard asks for.
    """
    refuses = f"pods are refused, since the namespace enforces the {level} Pod Security Standard"
    if level is not Level.PRIVILEGED:
        for volume in pod.get("volumes", ()):
            if "hostPath" in volume:
                field, instead = _HOST_PATHS[volume["name"]]
                yield f"{field}: {refuses}, which has no hostPath; use {instead}"
    if level is Level.RESTRICTED and pod["containers"][0]["securityContext"].get("runAsUser") == 0:
        yield f"spec.models_repository.runAsUser: {refuses}, under which nobody is root"
