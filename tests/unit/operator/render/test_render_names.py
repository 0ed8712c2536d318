"""Names, labels and owners of the objects."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelserver_operator.api import ModelServer, parse
from modelserver_operator.render import Context, Manifest, Objects, render
from modelserver_operator.render.names import fullname

ALL = {
    "autoscaling": {"enabled": True},
    "monitoring": {"service_monitor": {"enabled": True}},
    "models_repository": {
        "aws_secret_access_key": "s3cr3t",
        "azure_storage_connection_string": "AccountName=a;AccountKey=b",
    },
}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("demo", "demo-ovms"),
        ("ovms-sample", "ovms-sample"),
        ("my-ovms-2", "my-ovms-2"),
        ("a" * 58, "a" * 58 + "-ovms"),
        ("ovms" + "a" * 59, "ovms" + "a" * 59),
    ],
)
def test_the_full_name_contains_ovms_once(
    model_server: Callable[..., ModelServer], name: str, expected: str
) -> None:
    assert fullname(model_server(name=name)) == expected


@given(st.from_regex(r"[a-z]([-a-z0-9]{0,56}[a-z0-9])?", fullmatch=True))
def test_every_valid_name_gives_a_name_that_a_service_may_have(name: str) -> None:
    manifest = {"apiVersion": "intel.com/v1alpha1", "kind": "ModelServer", "spec": {}}
    full = fullname(parse({**manifest, "metadata": {"name": name}}).server)
    assert len(full) <= 63
    assert full.startswith(name)


def test_every_object_says_who_manages_it_and_where_it_lives(
    rendered: Callable[..., Objects],
) -> None:
    for manifest in rendered(ALL).manifests():
        labels = manifest["metadata"]["labels"]
        assert labels["app.kubernetes.io/managed-by"] == "modelserver-operator"
        assert manifest["metadata"]["namespace"] == "default"


def test_deployment_and_service_have_the_old_charts_labels(
    rendered: Callable[..., Objects],
) -> None:
    chart = {"heritage": "Helm", "release": "demo", "chart": "ovms-4.0.0", "app": "demo-ovms"}
    objects = rendered()
    for manifest in (objects.deployment, objects.service):
        assert chart.items() <= manifest["metadata"]["labels"].items()


def test_no_label_of_a_pod_changes_with_a_release(rendered: Callable[..., Objects]) -> None:
    labels = rendered().deployment["spec"]["template"]["metadata"]["labels"]
    assert labels == {"heritage": "Helm", "release": "demo", "app": "demo-ovms"}


def test_selectors_are_those_that_can_never_change(rendered: Callable[..., Objects]) -> None:
    objects = rendered(ALL)
    both = {"release": "demo", "app": "demo-ovms"}
    assert objects.deployment["spec"]["selector"] == {"matchLabels": both}
    assert objects.service["spec"]["selector"] == {"app": "demo-ovms"}
    assert _spec(objects.pod_disruption_budget)["selector"] == {"matchLabels": both}
    assert _spec(objects.service_monitor)["selector"] == {"matchLabels": {"app": "demo-ovms"}}


def test_an_object_is_owned_once_the_model_server_is_stored(
    model_server: Callable[..., ModelServer],
) -> None:
    for manifest in render(model_server(ALL, uid="7e1f"), Context()).manifests():
        (owner,) = manifest["metadata"]["ownerReferences"]
        assert owner == {
            "apiVersion": "intel.com/v1alpha1",
            "kind": "ModelServer",
            "name": "demo",
            "uid": "7e1f",
            "controller": True,
            "blockOwnerDeletion": True,
        }


def test_a_manifest_from_a_file_has_no_owner_yet(rendered: Callable[..., Objects]) -> None:
    assert all("ownerReferences" not in item["metadata"] for item in rendered(ALL).manifests())


def _spec(manifest: Manifest | None) -> dict[str, Any]:
    assert manifest is not None
    spec: dict[str, Any] = manifest["spec"]
    return spec
