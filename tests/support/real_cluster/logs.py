"""What pods and events told, kept beyond their own lives: a test removes its namespace."""

from __future__ import annotations

import shutil
from pathlib import Path

from control_plane.processes import Process, environment
from programs import program

_COLUMNS = (
    "TIME:.metadata.creationTimestamp,NAMESPACE:.metadata.namespace,KIND:.involvedObject.kind,"
    "NAME:.involvedObject.name,REASON:.reason,MESSAGE:.message"
)
_LINK = 'while sleep 1; do cp --recursive --link --no-clobber "$0/." "$1"; done'


class Logs:
    """The logs of a cluster whose programs write theirs into a folder."""

    def __init__(self, folder: Path, kubeconfig: Path) -> None:
        self.of_pods = folder / "pods"  # as the kubelet has them
        self._folder = folder
        self._kept = folder / "kept"
        for each in (self.of_pods, self._kept):
            each.mkdir()
        columns = f"--output=custom-columns={_COLUMNS}"
        self.keepers = (
            Process(
                ["bash", "-c", _LINK, self.of_pods, self._kept], folder / "keep.log", lambda: True
            ),
            Process(
                [program("kubectl"), "get", "events", "--all-namespaces", "--watch", columns],
                folder / "events.log",
                lambda: True,
                environment(KUBECONFIG=str(kubeconfig)),
            ),
        )

    def collect(self, to: Path) -> None:
        """Copy everything into a folder, in place of what it held."""
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(self._kept, to / "pods")
        for log in self._folder.glob("*.log"):
            shutil.copy(log, to)
