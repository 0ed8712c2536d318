"""A node that kwok plays: pods are scheduled, run and end on it, and nothing is in them."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Self

from control_plane.kubectl import Kubectl
from control_plane.plane import ControlPlane
from control_plane.processes import Process, answers, environment, free_port
from programs import program

_NODE = {
    "apiVersion": "v1",
    "kind": "Node",
    "metadata": {"name": "played", "labels": {"kubernetes.io/arch": "amd64"}},
    "status": {"allocatable": {"cpu": "100k", "memory": "100Ti", "pods": "100k"}},
}


class PlayedNode:
    """kube-scheduler and kwok beside a control plane."""

    def __init__(self, plane: ControlPlane, pods: str = "127.1.0.0/16") -> None:
        """Pods get addresses of the network `pods`."""
        self._plane = plane
        self._stack = ExitStack()
        scheduler, kwok = free_port(), free_port()
        self._processes = (
            Process(
                [
                    program("kube-scheduler"),
                    "--bind-address=127.0.0.1",
                    f"--secure-port={scheduler}",
                    f"--kubeconfig={plane.user('system:kube-scheduler', 'system:masters')}",
                    "--leader-elect=false",
                    "--kube-api-qps=500",
                    "--kube-api-burst=1000",
                ],
                plane.folder / "kube-scheduler.log",
                lambda: answers(f"https://127.0.0.1:{scheduler}/healthz"),
                environment(),
            ),
            Process(
                [
                    program("kwok"),
                    f"--kubeconfig={plane.user('kwok', 'system:masters')}",
                    "--manage-all-nodes",
                    # Or the node counts as lost after 50 s, and its pods as not ready.
                    "--node-lease-duration-seconds=40",
                    f"--cidr={pods}",
                    f"--server-address=127.0.0.1:{kwok}",
                ],
                plane.folder / "kwok.log",
                lambda: answers(f"http://127.0.0.1:{kwok}/healthz"),
                environment(),
            ),
        )

    def __enter__(self) -> Self:
        """Start both, and make the node."""
        with self._stack as stack:
            for process in self._processes:
                stack.callback(process.stop)
                process.start()
            Kubectl(self._plane.admin).apply(_NODE, arguments=("--server-side",))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """End both."""
        self._stack.close()
