"""What is rendered, before a real API server: it takes every object, and admits every pod."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from control_plane import ControlPlane, Kubectl
from modelserver_operator.api import parse
from modelserver_operator.render import Context, Objects, Settings, render
from modelserver_operator.render.pod_security import ENFORCE_LABEL, Level

Spec = dict[str, Any]
Offer = Callable[[Spec, str], httpx.Response]

GOLDENS = sorted((Path(__file__).parents[2] / "golden/render").glob("*.yaml"))


@pytest.fixture(scope="module")
def offer(control_plane: ControlPlane) -> Iterator[Offer]:
    """Offer an object to the API server, which checks it to the last field and doesn't keep it."""
    with control_plane.client() as client:

        def ask(manifest: Spec, namespace: str = "default") -> httpx.Response:
            version, kind = manifest["apiVersion"], manifest["kind"].lower()
            root = f"/apis/{version}" if "/" in version else f"/api/{version}"
            plural = f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}s"
            return client.post(
                f"{root}/namespaces/{namespace}/{plural}",
                params={"dryRun": "All", "fieldValidation": "Strict"},
                json={**manifest, "metadata": {**manifest["metadata"], "namespace": namespace}},
            )

        yield ask


@pytest.mark.parametrize("golden", GOLDENS, ids=lambda golden: golden.stem)
def test_every_rendered_object_is_taken(golden: Path, offer: Offer) -> None:
    for manifest in yaml.safe_load_all(golden.read_text()):
        answer = offer(manifest, "default")
        assert answer.status_code == 201, answer.json()["message"]
        assert "Warning" not in answer.headers


@pytest.fixture(scope="module")
def namespaces(control_plane: ControlPlane) -> Iterator[dict[Level, str]]:
    """A namespace that enforces each level, with the service account that pods ask for."""
    kubectl = Kubectl(control_plane.admin)
    names = {level: f"enforces-{level}" for level in Level}
    for level, name in names.items():
        kubectl("create", "namespace", name)
        kubectl("label", "namespace", name, f"{ENFORCE_LABEL}={level}")
        kubectl.within(name)("wait", "--for=create", "serviceaccount/default", "--timeout=30s")
    yield names
    kubectl("delete", "namespace", *names.values(), "--wait=false")


def rendered(spec: Spec, level: Level) -> Objects:
    models = {"model_name": "m", "model_path": "/models/m"}
    manifest = {
        "apiVersion": "intel.com/v1alpha1",
        "kind": "ModelServer",
        "metadata": {"name": "demo"},
        "spec": {"models_settings": models, **spec},
    }
    settings = Settings(allow_host_path_cache=True)
    return render(parse(manifest).server, Context(settings=settings, pod_security=level))


OVMS = {"image_name": "openvino/model_server:2022.2"}
ALL_KINDS_OF_VOLUMES = {
    "models_repository": {"models_volume_claim": "models", "gcp_creds_secret_name": "gcp"},
    "model_cache": {"enabled": True, "volume_claim": "cache"},
    "deployment_parameters": {
        "supplemental_groups": [109],
        "resources": {"limits": {"xpu_device": "gpu.intel.com/i915"}},
    },
}
HOST_MODELS = {"models_repository": {"models_host_path": "/models"}}
HOST_CACHE = {"model_cache": {"enabled": True, "host_path": "/cache"}}
ROOT = {"models_repository": {"runAsUser": "0"}}


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize(
    "spec",
    [
        pytest.param({}, id="runtime"),
        pytest.param(OVMS, id="ovms"),
        pytest.param(ALL_KINDS_OF_VOLUMES, id="volumes"),
        pytest.param({**OVMS, **ALL_KINDS_OF_VOLUMES}, id="ovms with volumes"),
        pytest.param(HOST_MODELS, id="models on the node"),
        pytest.param(HOST_CACHE, id="cache on the node"),
        pytest.param(ROOT, id="root"),
        pytest.param({**OVMS, **ROOT}, id="ovms as root"),
    ],
)
def test_a_namespace_admits_a_pod_unless_rendering_has_said_that_it_would_not(
    spec: Spec, level: Level, namespaces: dict[Level, str], offer: Offer
) -> None:
    objects = rendered(spec, level)
    template = objects.deployment["spec"]["template"]
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "demo"}}
    answer = offer({**pod, "spec": template["spec"]}, namespaces[level])
    if objects.refusals:
        assert answer.status_code == 403
        assert "violates PodSecurity" in answer.json()["message"]
    else:
        assert answer.status_code == 201, answer.json()["message"]
