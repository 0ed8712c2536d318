"""Everything that can be wrong is named, with the words of who found it and what to do about it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from modelserver_operator.status import Missing, Observed, SkippedKind, SkipReason
from modelserver_operator.status.observed import Pod, Said, ServedVersion, Workload
from observations import AVAILABLE, HEALTHY, NEW, Story, expecting, serving, starting, with_facts

POD_SECURITY = 'pods "x" is forbidden: violates PodSecurity "restricted:latest": hostPath volumes'


def not_there(model: str, error: str) -> ServedVersion:
    return ServedVersion(model, 0, "UNAVAILABLE", error)


def waits(reason: str, message: str = "") -> Observed:
    return replace(NEW, pods=(starting(waiting=Said("ovms", "False", reason, message)),))


def with_pod(pod: Pod) -> Observed:
    return replace(NEW, pods=(pod,))


def refused(message: str) -> Observed:
    failure = Said("ReplicaFailure", "True", "FailedCreate", message)
    workload = Workload(wanted=1, conditions={"ReplicaFailure": failure})
    return replace(NEW, workload=workload, pods=())


def event(reason: str, message: str) -> Observed:
    return with_pod(starting(events=(Said("Event", "True", reason, message),)))


CASES: dict[str, tuple[Observed, str, str]] = {
    "image": (waits("ErrImagePull", "not found."), "ImagePullFailed", "image_pull_secrets"),
    "image, later": (waits("ImagePullBackOff", "Back-off"), "ImagePullFailed", "Back-off"),
    "image name": (waits("InvalidImageName", "UPPER"), "InvalidImageName", "UPPER"),
    "crash": (
        with_pod(
            starting(
                waiting=Said("ovms", "False", "CrashLoopBackOff", "back-off 10s"),
                terminated="Error, exit code 64: Use either config_path or model_path",
                restarts=3,
            )
        ),
        "ContainerCrashed",
        "Use either config_path or model_path",
    ),
    "config map, as we know it": (
        with_facts(NEW, missing=(Missing("ConfigMap", "models"),)),
        "ReferenceMissing",
        "ConfigMap models does not exist",
    ),
    "config map, as the kubelet knows it": (
        event("FailedMount", 'configmap "models" not found'),
        "ReferenceMissing",
        'configmap "models" not found',
    ),
    "key of a secret": (
        waits("CreateContainerConfigError", "couldn't find key x in Secret a/b."),
        "ReferenceMissing",
        "couldn't find key x",
    ),
    "folder of the node": (
        event("FailedMount", "hostPath type check failed: /m is not a directory"),
        "VolumeNotMounted",
        "/m is not a directory",
    ),
    "claim": (
        event("FailedMount", 'persistentvolumeclaim "models" not found'),
        "VolumeNotMounted",
        "spec.models_repository",
    ),
    "GPU": (
        with_pod(starting(unschedulable="0/3 nodes: 3 Insufficient gpu.intel.com/i915.")),
        "DeviceUnavailable",
        "No node has gpu.intel.com/i915",
    ),
    "memory": (
        with_pod(starting(unschedulable="0/3 nodes: 3 Insufficient memory.")),
        "Unschedulable",
        "Insufficient memory",
    ),
    "folder of the node in a restricted namespace": (
        expecting(refused(POD_SECURITY), host_path="spec.models_repository.models_host_path"),
        "HostPathRefused",
        "use a volume claim or cloud storage",
    ),
    "root in a restricted namespace": (
        refused('violates PodSecurity "restricted:latest": runAsNonRoot != true'),
        "PodSecurityRefused",
        "runAsNonRoot",
    ),
    "quota": (refused("exceeded quota: cpu"), "QuotaExceeded", "Raise the quota"),
    "webhook": (refused("admission webhook denied"), "PodsRefused", "webhook denied"),
    "deadline": (
        replace(
            NEW,
            workload=Workload(
                conditions={
                    "Progressing": Said("Progressing", "False", "ProgressDeadlineExceeded", "")
                }
            ),
        ),
        "ProgressDeadlineExceeded",
        "deadline",
    ),
    "model path": (
        with_pod(serving(models=(not_there("resnet", "/m: No such directory"),))),
        "ModelNotLoaded",
        "/m: No such directory",
    ),
    "model that OVMS retries": (
        with_pod(serving(models=(ServedVersion("resnet", 1, "LOADING", "Cannot compile"),))),
        "ModelNotLoaded",
        "Cannot compile",
    ),
    "model that the server does not know": (
        with_pod(serving(models=())),
        "ModelNotLoaded",
        "the server has no version of it",
    ),
    "one version of several": (
        with_pod(serving(models=(AVAILABLE, ServedVersion("resnet", 2, "LOADING", "bad IR")))),
        "ModelVersionFailed",
        "Version 2 of model resnet is not loaded: bad IR",
    ),
    "network policy": (
        with_pod(serving(models=None, unreachable="it took too long")),
        "ServerUnreachable",
        "Let the operator through",
    ),
    "kind not installed": (
        with_facts(
            HEALTHY, skipped=(SkippedKind("PodDisruptionBudget", SkipReason.NOT_INSTALLED),)
        ),
        "KindSkipped",
        "does not know PodDisruptionBudget",
    ),
    "right withdrawn": (
        with_facts(HEALTHY, skipped=(SkippedKind("NetworkPolicy", SkipReason.FORBIDDEN),)),
        "KindSkipped",
        "may not manage NetworkPolicy",
    ),
    "somebody else's object": (
        with_facts(HEALTHY, left_alone=("ServiceMonitor demo-ovms",)),
        "ObjectNotOurs",
        "ServiceMonitor demo-ovms is somebody else's",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_is_named(case: str) -> None:
    observed, reason, words = CASES[case]
    story = Story()

    story.look(observed)

    degraded = story.condition("Degraded")
    assert (degraded["status"], degraded["reason"]) == ("True", reason)
    assert words in degraded["message"]


@pytest.mark.parametrize(
    "observed",
    [
        HEALTHY,
        NEW,
        with_pod(serving(models=(ServedVersion("resnet", 0, "START"),))),
        with_pod(serving(models=(AVAILABLE, ServedVersion("resnet", 2, "LOADING")))),
        event("Unhealthy", "Startup probe failed"),
    ],
)
def test_what_only_takes_its_time_is_nothing_wrong(observed: Observed) -> None:
    story = Story()

    story.look(observed)

    assert story.condition("Degraded")["status"] == "False"


def test_the_same_trouble_of_many_pods_is_told_once() -> None:
    story = Story()
    pods = tuple(starting(f"p{n}", unschedulable="Insufficient memory.") for n in range(50))

    story.look(replace(NEW, pods=pods))

    assert story.condition("Degraded")["message"].count("No node takes pod") == 1


def test_each_model_that_is_not_loaded_is_told() -> None:
    story = Story()
    models = tuple(not_there(name, f"no {name}") for name in ("bert", "resnet"))

    story.look(expecting(with_pod(serving(models=models)), models=("bert", "resnet")))

    message = story.condition("Degraded")["message"]
    assert "no bert" in message
    assert "no resnet" in message


def test_a_message_is_bounded() -> None:
    story = Story()

    story.look(refused("x" * 5000))

    assert len(story.condition("Degraded")["message"]) == 1024
