"""What a ModelServer says of itself."""

from __future__ import annotations

from collections.abc import Mapping

from control_plane import Kubectl


def condition(kubectl: Kubectl, server: str, kind: str) -> Mapping[str, str]:
    """One of its conditions; all its parts are empty while there is none."""
    conditions = kubectl.get("modelserver", server).get("status", {}).get("conditions", ())
    found: dict[str, Mapping[str, str]] = {each["type"]: each for each in conditions}
    return found.get(kind, {"status": "", "reason": "", "message": ""})
