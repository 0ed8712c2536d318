"""Why a pod that has a node does not run its server."""

from collections.abc import Iterator

from modelserver_operator.status.observed import Pod, Said
from modelserver_operator.status.reasons import Reason
from modelserver_operator.status.trouble import Trouble

_PULL = {
    "ErrImagePull",
    "ImagePullBackOff",
    "ErrImageNeverPull",
    "ImageInspectError",
    "RegistryUnavailable",
}


def container_troubles(pod: Pod) -> Iterator[Trouble]:
    """What keeps the pod's container from running, as the kubelet tells it."""
    if pod.waiting:
        yield from _waiting(pod, pod.waiting)
    if not pod.ready and not pod.restarts and not pod.terminated:
        yield from _mounts(pod)


def _waiting(pod: Pod, waiting: Said) -> Iterator[Trouble]:
    match waiting.reason:
        case "InvalidImageName":
            yield Trouble(
                Reason.INVALID_IMAGE_NAME,
                f"spec.image_name is no name of an image: {waiting.message}",
                hopeless=True,
            )
        case reason if reason in _PULL:
            yield Trouble(
                Reason.IMAGE_PULL_FAILED,
                f"Pod {pod.name} cannot pull its image: {waiting.message} Check spec.image_name,"
                " that nodes reach the registry, and deployment_parameters.image_pull_secrets.",
            )
        case "CreateContainerConfigError":
            yield _reference_missing(pod, waiting.message)
        case "CrashLoopBackOff" | "CreateContainerError" | "RunContainerError":
            yield Trouble(
                Reason.CONTAINER_CRASHED,
                f"The container of pod {pod.name} does not stay up:"
                f" {pod.terminated or waiting.message} See kubectl logs --previous {pod.name}.",
            )


def _mounts(pod: Pod) -> Iterator[Trouble]:
    """A volume that is not there shows in events alone; the newest tells the state of now."""
    for event in pod.events:
        if event.reason in {"FailedMount", "FailedAttachVolume"}:
            if "not found" in event.message and "claim" not in event.message:
                yield _reference_missing(pod, event.message)
            else:
                yield Trouble(
                    Reason.VOLUME_NOT_MOUNTED,
                    f"Pod {pod.name} waits for a volume: {event.message} Check the claim or folder"
                    " in spec.models_repository and spec.model_cache.",
                )
            return


def _reference_missing(pod: Pod, words: str) -> Trouble:
    return Trouble(
        Reason.REFERENCE_MISSING,
        f"Pod {pod.name} waits for what its spec names: {words} Create it, or correct its name.",
    )
