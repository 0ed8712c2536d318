"""What the operator writes onto objects for itself: annotations, most of them hashes."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from modelserver_operator.cluster.port import Manifest

APPLIED = "intel.com/applied"
"""On every object of ours: the hash of what was applied."""

REPLICAS = "intel.com/replicas"
"""On the Deployment: the count that we gave it, whatever somebody else has made of it since."""

INPUTS = "intel.com/inputs"
"""On a revision: the hash of the spec and the policy that its pods were rendered from."""

REFERENCES = "intel.com/references"
"""On a revision: hashes of the ConfigMaps and Secrets that the spec names; on pods: of them all."""

RENDERED = "intel.com/rendered"
"""On a revision: the hash of the pods that were rendered when it came into force."""


def digest(value: object) -> str:
    """A short hash of JSON, the same for equal values."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()[:16]


def annotation(manifest: Mapping[str, Any], name: str) -> str:
    """An object's annotation, or an empty string."""
    found: str = manifest["metadata"].get("annotations", {}).get(name, "")
    return found


def annotated(manifest: Manifest, annotations: Mapping[str, str]) -> Manifest:
    """The manifest with these annotations beside its own; empty ones are left out."""
    given = {name: text for name, text in annotations.items() if text}
    if not given:
        return manifest
    metadata = manifest.get("metadata", {})
    merged = {**metadata.get("annotations", {}), **given}
    return {**manifest, "metadata": {**metadata, "annotations": merged}}
