"""The definition as the API server publishes it: what `kubectl explain` and `get` show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from control_plane import ControlPlane, Kubectl

MODEL_SERVER = {
    "apiVersion": "intel.com/v1alpha1",
    "kind": "ModelServer",
    "metadata": {"name": "demo"},
    "spec": {"models_settings": {"model_name": "resnet"}},
}


def undescribed(schema: dict[str, Any], path: str) -> Iterator[str]:
    """The fields of a published schema that `kubectl explain` shows without a text."""
    for name, field in schema.get("properties", {}).items():
        if not field.get("description"):
            yield f"{path}.{name}"
        yield from undescribed(field, f"{path}.{name}")
    for inner in ("items", "additionalProperties"):
        if isinstance(schema.get(inner), dict):
            yield from undescribed(schema[inner], path)


def test_every_field_has_a_text_to_explain_it(control_plane: ControlPlane) -> None:
    with control_plane.client() as client:
        published = client.get("/openapi/v3/apis/intel.com/v1alpha1").json()
    properties = published["components"]["schemas"]["com.intel.v1alpha1.ModelServer"]["properties"]
    for block in ("spec", "status"):
        assert list(undescribed(properties[block], block)) == []


def test_kubectl_explains_a_field(kubectl: Kubectl) -> None:
    assert "Example:" in kubectl("explain", "modelserver.spec.autoscaling.target_ratio")


def test_kubectl_shows_the_columns_by_the_short_name(kubectl: Kubectl) -> None:
    kubectl.apply(MODEL_SERVER)
    header = kubectl("get", "ms").splitlines()[0].split()
    assert header == ["NAME", "MODEL", "DEVICE", "READY", "RATIO", "REPLICAS", "AGE"]


def test_the_scale_of_an_object_without_a_replica_count_is_one(kubectl: Kubectl) -> None:
    kubectl.apply(MODEL_SERVER)
    kubectl("scale", "ms/demo", "--current-replicas=1", "--replicas=3")
    spec = kubectl.get("ms", "demo")["spec"]
    assert spec["deployment_parameters"]["replicas"] == 3
