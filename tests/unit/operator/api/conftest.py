"""Manifests for the tests of the ModelServer resource."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

Manifest = dict[str, Any]


@pytest.fixture
def manifest() -> Callable[..., Manifest]:
    """A ModelServer manifest around a spec."""

    def build(spec: object, name: str = "demo") -> Manifest:
        return {
            "apiVersion": "intel.com/v1alpha1",
            "kind": "ModelServer",
            "metadata": {"name": name},
            "spec": spec,
        }

    return build


@pytest.fixture
def upstream_crd() -> Manifest:
    """The schema of the spec in the old operator's CustomResourceDefinition."""
    path = Path(__file__).parents[3] / "data" / "intel-operator" / "crd.yaml"
    [version] = yaml.safe_load(path.read_text())["spec"]["versions"]
    schema: Manifest = version["schema"]["openAPIV3Schema"]["properties"]["spec"]
    return schema
