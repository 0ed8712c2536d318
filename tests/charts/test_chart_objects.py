"""What a release is made of: objects that are valid, and goldens of them all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from jsonschema import Draft202012Validator

from modelserver_operator.manifests.documents import as_yaml

ROOT = Path(__file__).parents[2]
GOLDENS = ROOT / "tests/golden/charts"
CASES = sorted((GOLDENS / "values").glob("*.yaml"))

Manifest = dict[str, Any]


@pytest.fixture(params=CASES, ids=lambda case: case.stem)
def case(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture
def objects(case: Path, render: Callable[..., list[Manifest]]) -> list[Manifest]:
    return render(yaml.safe_load(case.read_text()))


def test_a_release_is_what_it_was(
    case: Path, objects: list[Manifest], golden: Callable[[Path, str], None]
) -> None:
    golden(GOLDENS / case.name, as_yaml(objects))


def test_every_object_is_valid(
    objects: list[Manifest], schemas_of_others: dict[str, Manifest]
) -> None:
    for manifest in objects:
        if schema := schemas_of_others.get(manifest["kind"]):
            Draft202012Validator(schema).validate(manifest)
        else:
            newest = kubernetes_validate.latest_version()
            kubernetes_validate.validate(manifest, newest, strict=True)


def test_no_two_objects_have_the_same_name(objects: list[Manifest]) -> None:
    names = [
        (item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"])
        for item in objects
    ]
    assert len(names) == len(set(names))


@pytest.fixture(scope="session")
def schemas_of_others(prometheus_operator_crds: list[Path]) -> dict[str, Manifest]:
    """By kind, the schemas of what Kubernetes itself doesn't have."""
    wanted = ("servicemonitors", "prometheusrules")
    files = [file for file in prometheus_operator_crds if file.stem.endswith(wanted)]
    specs = [yaml.safe_load(file.read_text())["spec"] for file in files]
    return {
        spec["names"]["kind"]: spec["versions"][0]["schema"]["openAPIV3Schema"] for spec in specs
    }
