"""How the kubelet learns whether a server is alive and may have traffic."""

from modelserver_operator.render.manifest import Manifest
from modelserver_operator.render.server_kind import ServerKind

STARTUP_SECONDS = 1800
"""How long our runtime may take to load its models: a large one that is compiled afresh for a GPU
takes minutes, and a limit that is too short would kill it at the same point for ever."""


def probes(kind: ServerKind) -> Manifest:
    """The container's probes; OVMS has those that the old operator gave it.

    They suit it: its REST server answers for liveness before it begins to load models.

    The startup probe of our runtime asks for readiness, so that it covers the loading of models,
    and asks every second, so that a new replica takes load as soon as it can. A busy server may
    answer late: being slow is no reason to be restarted, so liveness is patient.
    """
    live, ready = _get("/v2/health/live"), _get("/v2/health/ready")
    if not kind.is_runtime:
        return {
            "livenessProbe": live,
            "readinessProbe": {"initialDelaySeconds": 5, "periodSeconds": 5, **ready},
        }
    return {
        "startupProbe": {**ready, "periodSeconds": 1, "failureThreshold": STARTUP_SECONDS},
        "livenessProbe": {**live, "periodSeconds": 10, "timeoutSeconds": 10, "failureThreshold": 6},
        "readinessProbe": {**ready, "periodSeconds": 5, "timeoutSeconds": 5},
    }


def _get(path: str) -> Manifest:
    return {"httpGet": {"path": path, "port": "rest"}}
