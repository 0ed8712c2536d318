"""What tests of the running operator share: a ModelServer, and what was written for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from control_plane import ControlPlane, Kubectl, eventually

Manifest = dict[str, Any]
CHILDREN = "deployments,services,poddisruptionbudgets,horizontalpodautoscalers,controllerrevisions"


@pytest.fixture
def model_server() -> Manifest:
    """A ModelServer that asks for little."""
    return {
        "apiVersion": "intel.com/v1alpha1",
        "kind": "ModelServer",
        "metadata": {"name": "demo"},
        "spec": {
            "models_repository": {"models_volume_claim": "models"},
            "models_settings": {"model_name": "resnet", "model_path": "/models/resnet"},
        },
    }


@pytest.fixture
def settled(kubectl: Kubectl) -> Callable[[], None]:
    """Returns when the status of `demo` is that of its newest generation and its pods are made."""

    def wait() -> None:
        def is_settled() -> bool:
            server = kubectl.get("modelserver", "demo")
            seen = server.get("status", {}).get("observedGeneration")
            return bool(seen == server["metadata"]["generation"] and kubectl.list("deployments"))

        eventually(is_settled)

    return wait


@pytest.fixture
def writes_of(control_plane: ControlPlane) -> Callable[[str, int], list[str]]:
    """What a user wrote since a mark, each as `verb resource/name`; Lease and Events apart."""

    def find(user: str, mark: int) -> list[str]:
        return [
            f"{each.verb} {each.resource}/{each.name}"
            for each in control_plane.audit.since(mark)
            if each.writes
            and each.user == user
            and each.resource not in {"leases", "events", "selfsubjectaccessreviews"}
        ]

    return find
