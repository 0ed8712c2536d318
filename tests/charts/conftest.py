"""The chart as Helm renders it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from programs import program

CHART = Path(__file__).parents[2] / "charts/modelserver-operator"

Manifest = dict[str, Any]
Values = Mapping[str, Any]
_NONE: Values = {}
_WITHOUT_CRD = {"crds": {"enabled": False}}  # it is long


@pytest.fixture(scope="session")
def chart() -> Path:
    return CHART


@pytest.fixture(scope="session", params=["Helm 3", "Helm 4"])
def each_helm(request: pytest.FixtureRequest, helm: Path, helm4: Path) -> Path:
    return {"Helm 3": helm, "Helm 4": helm4}[request.param]


@pytest.fixture(scope="session")
def kubectl() -> Path:
    return program("kubectl")


@pytest.fixture(scope="session")
def render(helm: Path) -> Callable[..., list[Manifest]]:
    """The objects of a release with some values; without the CRD unless they ask for it."""

    def rendered(values: Values = _NONE) -> list[Manifest]:
        done = template(helm, json.dumps({**_WITHOUT_CRD, **values}))
        assert done.returncode == 0, done.stderr
        documents = yaml.load_all(done.stdout, Loader=yaml.CSafeLoader)
        return [document for document in documents if document]

    return rendered


@pytest.fixture(scope="session")
def refusal(helm: Path) -> Callable[[Values], str]:
    """What Helm says to values that it refuses."""

    def refused(values: Values) -> str:
        done = template(helm, json.dumps({**_WITHOUT_CRD, **values}))
        assert done.returncode == 1
        return done.stderr

    return refused


@cache
def template(helm: Path, values: str) -> subprocess.CompletedProcess[str]:
    where = ["--namespace", "modelserver-operator", "--kube-version", "1.35.0"]
    return subprocess.run(
        [helm, "template", "modelserver-operator", CHART, *where, "--values", "-"],
        input=values,
        capture_output=True,
        text=True,
        check=False,
    )
