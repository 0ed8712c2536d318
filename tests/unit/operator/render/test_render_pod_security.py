"""Rendered pods before the Pod Security Standards, and what is said of those that are refused.

The standards' controls stand here as a table, written after Kubernetes' own page on them.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelserver_operator.render import Objects, Settings
from modelserver_operator.render.pod_security import Level, enforced

Pod = dict[str, Any]
Rendered = Callable[..., Objects]

GOLDENS = sorted((Path(__file__).parents[3] / "golden/render").glob("*.yaml"))
OVMS = {"image_name": "openvino/model_server:2022.2"}
Control = Callable[[Pod], bool]


def any_context(test: Control) -> Control:
    """Whether the pod's security context, or that of a container, fails a test."""
    return lambda pod: any(map(test, (pod.get("securityContext", {}), *own_contexts(pod))))


def own_contexts(pod: Pod) -> list[dict[str, Any]]:
    return [container.get("securityContext", {}) for container in pod["containers"]]


def any_effective(test: Control) -> Control:
    """Whether a container fails a test, with what the pod says for all of them."""
    return lambda pod: any(
        test({**pod.get("securityContext", {}), **own}) for own in own_contexts(pod)
    )


def any_volume(test: Callable[[set[str]], object]) -> Control:
    return lambda pod: any(test(set(volume) - {"name"}) for volume in pod.get("volumes", ()))


def any_handler(pod: Pod) -> bool:
    return any(
        "host" in container.get(f"{name}Probe", {}).get("httpGet", {})
        for container in pod["containers"]
        for name in ("startup", "liveness", "readiness")
    )


# Each control by its name, and whether a pod breaks it. Fields that our pods never have are told
# apart only as there or not.
BASELINE: dict[str, Control] = {
    "HostProcess": any_context(lambda context: "windowsOptions" in context),
    "Host Namespaces": lambda pod: bool({"hostNetwork", "hostPID", "hostIPC"} & pod.keys()),
    "Privileged Containers": any_context(lambda context: bool(context.get("privileged"))),
    "Capabilities": any_context(lambda context: "add" in context.get("capabilities", {})),
    "HostPath Volumes": any_volume(lambda kinds: "hostPath" in kinds),
    "Host Ports": lambda pod: any(
        "hostPort" in port for each in pod["containers"] for port in each.get("ports", ())
    ),
    "Host Probes / Lifecycle Hooks": any_handler,
    "AppArmor": any_context(lambda context: "appArmorProfile" in context),
    "SELinux": any_context(lambda context: "seLinuxOptions" in context),
    "/proc Mount Type": any_context(lambda context: "procMount" in context),
    "Seccomp": any_context(
        lambda context: context.get("seccompProfile", {}).get("type") == "Unconfined"
    ),
    "Sysctls": any_context(lambda context: "sysctls" in context),
}
ADMITTED_VOLUMES = {
    *("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral"),
    *("persistentVolumeClaim", "projected", "secret"),
}
RESTRICTED: dict[str, Control] = {
    **BASELINE,
    "Volume Types": any_volume(lambda kinds: kinds - ADMITTED_VOLUMES),
    "Privilege Escalation": any_effective(
        lambda context: context.get("allowPrivilegeEscalation") is not False
    ),
    "Running as Non-root": any_effective(lambda context: context.get("runAsNonRoot") is not True),
    "Running as Non-root user": any_effective(lambda context: context.get("runAsUser") == 0),
    "Seccomp": any_effective(
        lambda context: context.get("seccompProfile", {}).get("type") != "RuntimeDefault"
    ),
    "Capabilities": any_effective(lambda context: context.get("capabilities") != {"drop": ["ALL"]}),
}
STANDARDS = {Level.PRIVILEGED: {}, Level.BASELINE: BASELINE, Level.RESTRICTED: RESTRICTED}


def broken(level: Level, pod: Pod) -> list[str]:
    """The controls that a pod breaks."""
    return [name for name, breaks in STANDARDS[level].items() if breaks(pod)]


def pod_of(objects: Objects) -> Pod:
    spec: Pod = objects.deployment["spec"]["template"]["spec"]
    return spec


def pods_of_our_runtime() -> Iterator[Any]:
    for golden in GOLDENS:
        for manifest in yaml.safe_load_all(golden.read_text()):
            spec = manifest["spec"]["template"]["spec"] if manifest["kind"] == "Deployment" else {}
            if spec and spec["containers"][0]["image"].startswith("modelserver-runtime"):
                yield pytest.param(spec, id=golden.stem)


@pytest.mark.parametrize("pod", pods_of_our_runtime())
def test_pods_of_our_runtime_satisfy_the_restricted_standard_unless_the_user_breaks_it(
    pod: Pod,
) -> None:
    asked = any("hostPath" in volume for volume in pod["volumes"])
    assert broken(Level.RESTRICTED, pod) == (["HostPath Volumes", "Volume Types"] if asked else [])


FULL = {
    "deployment_parameters": {
        "supplemental_groups": [109],
        "resources": {"limits": {"xpu_device": "gpu.intel.com/i915"}},
    },
    "models_repository": {"models_volume_claim": "models", "gcp_creds_secret_name": "gcp"},
    "model_cache": {"enabled": True, "volume_claim": "cache"},
}


@pytest.mark.parametrize("server", [{}, OVMS], ids=["runtime", "ovms"])
def test_a_restricted_namespace_admits_either_server(
    rendered: Rendered, server: dict[str, str]
) -> None:
    objects = rendered({**FULL, **server}, pod_security=Level.RESTRICTED)
    assert broken(Level.RESTRICTED, pod_of(objects)) == []
    assert objects.refusals == ()


def test_in_any_other_namespace_ovms_has_the_rights_that_it_always_had(rendered: Rendered) -> None:
    pod = pod_of(rendered(OVMS, pod_security=Level.BASELINE))
    assert "securityContext" not in {**pod, **pod["containers"][0]}
    assert broken(Level.BASELINE, pod) == []


HOST_MODELS = {"models_repository": {"models_host_path": "/models"}}
HOST_CACHE = {"model_cache": {"enabled": True, "host_path": "/cache"}}
ROOT = {"models_repository": {"runAsUser": "0"}}


@pytest.mark.parametrize(
    ("spec", "level", "field"),
    [
        ({}, Level.RESTRICTED, None),
        (HOST_MODELS, Level.PRIVILEGED, None),
        (HOST_MODELS, Level.BASELINE, "spec.models_repository.models_host_path"),
        (HOST_MODELS, Level.RESTRICTED, "spec.models_repository.models_host_path"),
        (HOST_CACHE, Level.BASELINE, "spec.model_cache.host_path"),
        (ROOT, Level.BASELINE, None),
        (ROOT, Level.RESTRICTED, "spec.models_repository.runAsUser"),
    ],
)
def test_a_refusal_names_its_field_exactly_where_the_standard_is_broken(
    rendered: Rendered, spec: dict[str, Any], level: Level, field: str | None
) -> None:
    settings = Settings(allow_host_path_cache=True)
    objects = rendered(spec, settings=settings, pod_security=level)
    assert [line.partition(":")[0] for line in objects.refusals] == ([field] if field else [])
    assert bool(broken(level, pod_of(objects))) == bool(field)


@pytest.mark.parametrize(
    ("labels", "level"),
    [
        ({}, Level.PRIVILEGED),
        ({"pod-security.kubernetes.io/warn": "restricted"}, Level.PRIVILEGED),
        ({"pod-security.kubernetes.io/enforce": "baseline"}, Level.BASELINE),
        ({"pod-security.kubernetes.io/enforce": "stricter"}, Level.RESTRICTED),
    ],
)
def test_a_namespaces_level_is_read_off_its_labels(labels: dict[str, str], level: Level) -> None:
    assert enforced(labels) is level
