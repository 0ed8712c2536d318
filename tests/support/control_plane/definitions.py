"""CustomResourceDefinitions, and the moment from which their objects can be made."""

from __future__ import annotations

from control_plane.kubectl import Kubectl, Manifest
from control_plane.patience import eventually


def install(kubectl: Kubectl, *definitions: Manifest) -> None:
    """Apply definitions, and return when the API server serves all that are there."""
    # Prometheus' own is too long for the annotation that a client-side apply makes.
    kubectl.apply(*definitions, arguments=("--server-side", "--force-conflicts"))
    wait_until_served(kubectl)


def wait_until_served(kubectl: Kubectl) -> None:
    """Return when objects of every definition can be made."""
    eventually(lambda: all(map(is_established, kubectl.list("crd"))))


def is_established(definition: Manifest) -> bool:
    """Whether the API server serves it; `kubectl wait` fails where it has no conditions yet."""
    conditions = definition.get("status", {}).get("conditions") or ()
    return any(each["type"] == "Established" and each["status"] == "True" for each in conditions)
