"""Manifests by way of plain HTTP: hundreds of them, each in a few milliseconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from control_plane import ControlPlane

Post = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def post(control_plane: ControlPlane) -> Iterator[Post]:
    """Offer a ModelServer with a spec to the API server, which checks it and doesn't keep it."""
    with control_plane.client() as client:

        def ask(spec: object, name: str = "demo") -> httpx.Response:
            manifest: dict[str, Any] = {
                "apiVersion": "intel.com/v1alpha1",
                "kind": "ModelServer",
                "metadata": {"name": name},
                "spec": spec,
            }
            return client.post(
                "/apis/intel.com/v1alpha1/namespaces/default/modelservers",
                params={"dryRun": "All"},
                json=manifest,
            )

        yield ask
