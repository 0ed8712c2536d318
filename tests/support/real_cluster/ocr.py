"""A ModelServer named ocr, of the quickstart's model, on a node that all share."""

from __future__ import annotations

import json
from typing import Any, Final

from control_plane import Kubectl

RESOURCES: Final = {
    "requests": {"cpu": "100m", "memory": "128Mi"},
    "limits": {"cpu": "1", "memory": "512Mi"},
}


def ocr(**blocks: object) -> dict[str, Any]:
    """The manifest; the blocks of its spec that are given are added, or take another's place."""
    return {
        "apiVersion": "intel.com/v1alpha1",
        "kind": "ModelServer",
        "metadata": {"name": "ocr"},
        "spec": {
            "models_repository": {"models_volume_claim": "ocr-models"},
            "models_settings": {"model_name": "ocr", "model_path": "/models/ocr"},
            **blocks,
        },
    }


def change(kubectl: Kubectl, **blocks: object) -> str:
    """Change blocks of the server's spec; the generation that this makes of it."""
    patch = ("--type=merge", f"--patch={json.dumps({'spec': blocks})}")
    return kubectl("patch", "modelserver", "ocr", *patch, "-o", "jsonpath={.metadata.generation}")
