"""What a node's kubelet tells of its pods, without a node: every pod runs and is ready.

Nothing runs in them. Their address is one of the loopback interface, so that what looks for a
server there finds none, or the one that a test has put there.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
from typing import Any, Self

import httpx

from control_plane.plane import ControlPlane

_CONDITIONS = ("PodScheduled", "Initialized", "ContainersReady", "Ready")
_PATCH = {"Content-Type": "application/merge-patch+json"}


class RunningPods:
    """Makes pods Running and Ready as they come, until it is closed."""

    def __init__(self, plane: ControlPlane, address: str = "127.0.0.1") -> None:
        self._client = plane.client()
        self._address = address
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        """Start to watch."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop; pods stay as they are."""
        self._stopped.set()
        self._thread.join()
        self._client.close()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._watch()
            except httpx.TransportError:
                self._stopped.wait(0.5)

    def _watch(self) -> None:
        # The watch ends by itself each second, so that a stop is noticed.
        query = {"watch": "true", "timeoutSeconds": "1", "fieldSelector": "status.phase=Pending"}
        with self._client.stream("GET", "/api/v1/pods", params=query) as events:
            for line in events.iter_lines():
                event = json.loads(line)
                if event["type"] == "ADDED":
                    self._bring_up(event["object"])

    def _bring_up(self, pod: dict[str, Any]) -> None:
        place = f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods/{pod['metadata']['name']}"
        status = running(pod, self._address, dt.datetime.now(dt.UTC))
        self._client.patch(f"{place}/status", headers=_PATCH, json={"status": status})


def running(pod: dict[str, Any], address: str, now: dt.datetime) -> dict[str, Any]:
    """The status of a pod all of whose containers are ready."""
    moment = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "phase": "Running",
        "startTime": moment,
        "podIP": address,
        "podIPs": [{"ip": address}],
        "conditions": [
            {"type": name, "status": "True", "lastTransitionTime": moment} for name in _CONDITIONS
        ],
        "containerStatuses": [
            {
                "name": container["name"],
                "image": container["image"],
                "imageID": "",
                "ready": True,
                "started": True,
                "restartCount": 0,
                "state": {"running": {"startedAt": moment}},
            }
            for container in pod["spec"]["containers"]
        ],
    }
