"""How tools tell whether a resource is done, each after its own published algorithm."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from lupa import lua51  # Argo CD's interpreter speaks Lua 5.1

HEALTH = Path(__file__).parents[2] / "deploy/argocd/health.lua"

Resource = Mapping[str, Any]


class Outcome(StrEnum):
    """kstatus' verdicts."""

    CURRENT = "Current"
    IN_PROGRESS = "InProgress"
    FAILED = "Failed"
    TERMINATING = "Terminating"


def kstatus(resource: Resource) -> Outcome:
    """Helm's --wait and Flux: sigs.k8s.io/cli-utils, pkg/kstatus, for a kind that it does not know.

    In its order: deletion, generation, Reconciling and Stalled as they stand, Ready. What has none
    of these counts as current.
    """
    metadata, status = resource["metadata"], resource.get("status", {})
    if metadata.get("deletionTimestamp"):
        return Outcome.TERMINATING
    if status.get("observedGeneration", metadata["generation"]) != metadata["generation"]:
        return Outcome.IN_PROGRESS
    conditions = status.get("conditions", [])
    for condition in conditions:
        match condition["type"], condition["status"]:
            case "Reconciling", "True":
                return Outcome.IN_PROGRESS
            case "Stalled", "True":
                return Outcome.FAILED
    ready = (one["status"] for one in conditions if one["type"] == "Ready")
    return Outcome.CURRENT if next(ready, "True") == "True" else Outcome.IN_PROGRESS


def kubectl_wait(resource: Resource) -> bool:
    """`kubectl wait --for=condition=Ready`: a condition of an older generation does not count."""
    generation, status = resource["metadata"]["generation"], resource.get("status", {})
    for condition in status.get("conditions", []):
        if condition["type"] == "Ready":
            seen = condition.get("observedGeneration", status.get("observedGeneration", generation))
            return bool(condition["status"] == "True" and seen >= generation)
    return False


def argo_cd(resource: Resource) -> str:
    """The health that deploy/argocd/health.lua gives."""
    lua = lua51.LuaRuntime(register_eval=False, register_builtins=False)
    lua.globals().obj = lua.table_from(resource, recursive=True)
    return str(lua.execute(HEALTH.read_text())["status"])
