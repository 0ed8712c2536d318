"""The API server accepts and refuses by itself what the command line accepts and refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from control_plane import Kubectl, Refused

Post = Callable[..., httpx.Response]

ROOT = Path(__file__).parents[3]
DATA = ROOT / "tests/unit/operator/api/data"
UPSTREAM = sorted((ROOT / "tests/data/intel-operator").glob("*.yaml"))
EXAMPLES = sorted((ROOT / "examples").rglob("*modelserver*.yaml"))


def cases(name: str) -> list[Any]:
    return list(yaml.safe_load((DATA / f"{name}.yaml").read_text()))


def refusals(name: str) -> list[Any]:
    """Spec, path and verdict of each bad example that has a line of its own."""
    return [
        pytest.param(case["spec"], *case["line"].split(": ", 1), id=case["line"].split(":")[0])
        for case in cases(name)
    ]


@pytest.mark.parametrize("spec", cases("accepted"), ids=json.dumps)
def test_what_the_command_line_accepts_is_accepted(spec: object, post: Post) -> None:
    answer = post(spec)
    assert answer.status_code == 201, answer.json()["message"]


@pytest.mark.parametrize(("spec", "path", "verdict"), refusals("broken_rules"))
def test_a_broken_rule_is_refused_in_the_words_of_the_command_line(
    spec: object, path: str, verdict: str, post: Post
) -> None:
    must = re.split(r",? (?:not .*|but is missing)$", verdict)[0]
    answer = post(spec)
    assert answer.status_code == 422
    assert f"{path.rpartition('.')[2]} {must}" in answer.json()["message"]


@pytest.mark.parametrize(("spec", "path", "verdict"), refusals("refused_values"))
def test_a_value_of_the_wrong_kind_is_refused_by_its_path(
    spec: object, path: str, verdict: str, post: Post
) -> None:
    answer = post(spec)
    assert answer.status_code in {400, 422}
    assert path in answer.json()["message"]


@pytest.mark.parametrize("name", ["a", "a-1", "a" * 58, "ovms" + "a" * 59])
def test_a_name_that_leaves_room_for_the_childrens_names_is_accepted(name: str, post: Post) -> None:
    assert post({}, name).status_code == 201


@pytest.mark.parametrize("name", ["a.b", "1abc", "a" * 59, "ovms" + "a" * 60])
def test_a_name_that_makes_no_service_name_is_refused(name: str, post: Post) -> None:
    assert "metadata.name must be" in post({}, name).json()["message"]


@pytest.mark.parametrize("file", [*UPSTREAM, *EXAMPLES], ids=lambda file: file.name)
def test_a_manifest_applies_unchanged(file: Path, kubectl: Kubectl) -> None:
    kubectl("apply", "--dry-run=server", f"--namespace={namespace_of(file)}", "-f", str(file))


def namespace_of(file: Path) -> str:
    """The one that the file names; kubectl wants no other beside it."""
    documents = yaml.safe_load_all(file.read_text())
    return next(iter(each["metadata"].get("namespace", "default") for each in documents))


def test_kubectl_refuses_a_field_that_does_not_exist(kubectl: Kubectl) -> None:
    manifest = {
        "apiVersion": "intel.com/v1alpha1",
        "kind": "ModelServer",
        "metadata": {"name": "demo"},
        "spec": {"models_settings": {"modle_name": "resnet"}},
    }
    with pytest.raises(Refused, match=r'unknown field "spec\.models_settings\.modle_name"'):
        kubectl.apply(manifest)
