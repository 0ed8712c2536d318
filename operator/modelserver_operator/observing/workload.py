"""The Deployment and its pods, from their manifests."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from modelserver_operator.status.observed import Pod, Said, Workload

Manifest = Mapping[str, Any]

TEMPLATE_HASH = "pod-template-hash"

_ENDED = {"Succeeded", "Failed"}
_ON_THE_WAY = {"ContainerCreating", "PodInitializing"}


def workload(deployment: Manifest, pods: Sequence[Pod]) -> Workload:
    """The Deployment's counts; it may not have noticed yet which of its pods are outdated."""
    status = deployment.get("status", {})
    replicas = status.get("replicas", 0)
    outdated = sum(not pod.current for pod in pods)
    return Workload(
        replicas=replicas,
        ready=status.get("readyReplicas", 0),
        updated=max(0, replicas - outdated),
        wanted=deployment["spec"].get("replicas", 1),
        conditions=conditions(deployment),
    )


def conditions(manifest: Manifest) -> dict[str, Said]:
    """The conditions that an object has, by type."""
    return {
        said["type"]: Said(
            said["type"], said["status"], said.get("reason", ""), said.get("message", "")
        )
        for said in manifest.get("status", {}).get("conditions") or ()
    }


def is_seen(deployment: Manifest) -> bool:
    """Whether Kubernetes has looked at the Deployment yet; before, it has no pods."""
    return "observedGeneration" in deployment.get("status", {})


def is_rolled_out(deployment: Manifest) -> bool:
    """Whether the Deployment has seen its newest template, and all of its pods run that."""
    status = deployment.get("status", {})
    seen: int = status.get("observedGeneration", 0)
    is_current = seen >= deployment["metadata"]["generation"]
    return is_current and bool(status.get("updatedReplicas", 0) == status.get("replicas", 0))


def current_hash(deployment: Manifest, replica_sets: Iterable[Manifest]) -> str | None:
    """The hash in the labels of the pods of the newest template; None while there are none.

    A ReplicaSet's template is the Deployment's with that one label more.
    """
    for replica_set in replica_sets:
        template = replica_set["spec"]["template"]
        labels = dict(template["metadata"].get("labels", {}))
        hash_: str | None = labels.pop(TEMPLATE_HASH, None)
        bare = {**template, "metadata": {**template["metadata"], "labels": labels}}
        if _comparable(bare) == _comparable(deployment["spec"]["template"]):
            return hash_
    return None


def _comparable(template: Manifest) -> Manifest:
    metadata = {key: value for key, value in template.get("metadata", {}).items() if value}
    metadata.pop("creationTimestamp", None)
    return {"metadata": metadata, "spec": template["spec"]}


def is_alive(pod: Manifest) -> bool:
    """Whether the pod counts: it neither ended nor is on its way out."""
    going = "deletionTimestamp" in pod["metadata"]
    return not going and pod.get("status", {}).get("phase") not in _ENDED


def read_pod(manifest: Manifest, *, current: bool) -> Pod:
    """A pod, as far as the API server knows it."""
    said = conditions(manifest)
    status = manifest.get("status", {})
    containers = [*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())]
    scheduled = said.get("PodScheduled")
    return Pod(
        name=manifest["metadata"]["name"],
        running=status.get("phase") == "Running",
        ready=said.get("Ready", Said("Ready", "")).status == "True",
        current=current,
        unschedulable=scheduled.message if scheduled and scheduled.status == "False" else "",
        waiting=next(filter(None, map(_waiting, containers)), None),
        terminated=next(filter(None, map(_terminated, containers)), ""),
        restarts=max((container.get("restartCount", 0) for container in containers), default=0),
    )


def ready_since(pod: Manifest) -> datetime | None:
    """Since when the Service sends requests to the pod, if it does."""
    status = pod.get("status", {})
    for condition in status.get("conditions") or ():
        if condition["type"] == "Ready" and condition["status"] == "True" and status.get("podIP"):
            return datetime.fromisoformat(condition["lastTransitionTime"])
    return None


def _waiting(container: Manifest) -> Said | None:
    waiting = container.get("state", {}).get("waiting") or {}
    reason = waiting.get("reason", "")
    if not reason or reason in _ON_THE_WAY:
        return None
    return Said(container["name"], "False", reason, waiting.get("message", ""))


def _terminated(container: Manifest) -> str:
    """How a container last ended, unless it did what it was there for."""
    for state in (container.get("state", {}), container.get("lastState", {})):
        ended = state.get("terminated")
        if ended and ended.get("exitCode"):
            what = f"{ended.get('reason', 'Error')}, exit code {ended['exitCode']}"
            return f"{what}: {ended['message'].strip()}" if ended.get("message") else f"{what}."
    return ""
