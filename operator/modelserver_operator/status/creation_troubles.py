"""Why pods do not come to be: they are refused, or find no node."""

import re
from collections.abc import Iterator

from modelserver_operator.status.observed import Expected, Observed, Pod, Said, Workload
from modelserver_operator.status.reasons import Reason
from modelserver_operator.status.trouble import Trouble

_EXTENDED_RESOURCE = re.compile(r"Insufficient ([a-z0-9.-]+/[A-Za-z0-9_.-]+)")
"""The scheduler's words; cpu and memory have no slash."""


def creation_troubles(observed: Observed) -> Iterator[Trouble]:
    """What keeps pods from being made or placed, most consequential first."""
    if observed.expected and observed.workload:
        yield from _refused(observed.workload, observed.expected)
    yield from _unschedulable(observed.pods)


def deadline_trouble(workload: Workload) -> Iterator[Trouble]:
    """That a rollout did not come on for so long that Kubernetes gave it up."""
    if said(workload, "Progressing").reason == "ProgressDeadlineExceeded":
        yield Trouble(
            Reason.PROGRESS_DEADLINE_EXCEEDED,
            "No new pod became ready within the Deployment's deadline: see the pods' logs and"
            " events; changing the spec starts a new attempt.",
            hopeless=True,
        )


def said(workload: Workload, kind: str) -> Said:
    """A condition of the Deployment, an empty one where it has none of that type."""
    return (workload.conditions or {}).get(kind, Said(kind, ""))


def _refused(workload: Workload, expected: Expected) -> Iterator[Trouble]:
    failure = said(workload, "ReplicaFailure")
    if failure.status != "True":
        return
    words = failure.message
    if "violates PodSecurity" in words:
        yield _insecure(words, expected)
    elif "exceeded quota" in words:
        yield Trouble(
            Reason.QUOTA_EXCEEDED,
            f"The namespace's quota allows no more pods: {words}. Raise the quota, or ask for less"
            " in spec.deployment_parameters.",
        )
    else:
        yield Trouble(Reason.PODS_REFUSED, f"The API server refuses the pods: {words}")


def _insecure(words: str, expected: Expected) -> Trouble:
    if expected.host_path and "hostPath" in words:
        return Trouble(
            Reason.HOST_PATH_REFUSED,
            f"{expected.host_path} names a folder of the node, which the namespace's Pod Security"
            f" Standard forbids: use a volume claim or cloud storage instead. {words}",
            hopeless=True,
        )
    return Trouble(
        Reason.POD_SECURITY_REFUSED,
        "The namespace's Pod Security Standard forbids the pods: run them with the operator's own"
        f" runtime image, or label the namespace with a wider standard. {words}",
        hopeless=True,
    )


def _unschedulable(pods: tuple[Pod, ...]) -> Iterator[Trouble]:
    for pod in pods:
        if not pod.unschedulable:
            continue
        if found := _EXTENDED_RESOURCE.search(pod.unschedulable):
            yield Trouble(
                Reason.DEVICE_UNAVAILABLE,
                f"No node has {found[1]} to give to pod {pod.name}: check that the device plugin"
                f" runs, that a device is free, and xpu_device. {pod.unschedulable}",
            )
        else:
            yield Trouble(
                Reason.UNSCHEDULABLE,
                f"No node takes pod {pod.name}: {pod.unschedulable.rstrip('. ')}. Check resources,"
                " node_selector, tolerations and affinity in spec.deployment_parameters.",
            )
