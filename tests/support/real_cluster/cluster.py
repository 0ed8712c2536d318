"""The cluster: control plane, one node, and what people install on it."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType
from typing import Self

from control_plane import ControlPlane, Kubectl
from control_plane.patience import eventually
from control_plane.processes import Process, environment
from programs import program
from real_cluster import addons, cgroups, images
from real_cluster.logs import Logs
from real_cluster.node import NAME, Node
from real_cluster.sandbox import NODE_ADDRESS, home, prepare

_SERVICE_ADDRESS = "10.96.0.1"  # of the API server, the first of its range
_NAMES = ("kubernetes.default.svc", "kubernetes.default.svc.cluster.local")

_APISERVER = (
    "--bind-address=0.0.0.0",
    f"--advertise-address={NODE_ADDRESS}",
    "--endpoint-reconciler-type=lease",
    "--enable-aggregator-routing=true",
    "--kubelet-preferred-address-types=InternalIP",
)
_CONTROLLERS = ("--horizontal-pod-autoscaler-initial-readiness-delay=5s",)


class Cluster:
    """A cluster of one node in the sandbox that this process is in.

    Args:
        autoscaler_seconds: how often autoscalers look at their metrics.
    """

    def __init__(self, autoscaler_seconds: int = 5) -> None:
        prepare()
        folder = home()
        self.plane = ControlPlane(
            folder,
            autoscaler_seconds=autoscaler_seconds,
            hosts=(NODE_ADDRESS, _SERVICE_ADDRESS, *_NAMES),
            apiserver=_APISERVER,
            controllers=_CONTROLLERS,
        )
        self.logs = Logs(folder, self.plane.admin)
        node = self.plane.user(f"system:node:{NAME}", "system:nodes")
        # kube-proxy and the scheduler would need roles of their own; nothing here is about those.
        administrator = self.plane.admin
        self.node = Node(folder, self.logs.of_pods, node, administrator, self.plane.authority.pair)
        self.scheduler = Process(
            [program("kube-scheduler"), f"--kubeconfig={administrator}", "--leader-elect=false"],
            folder / "kube-scheduler.log",
            lambda: True,
            environment(),
        )
        self._stack = ExitStack()

    @property
    def kubectl(self) -> Kubectl:
        """kubectl as the administrator."""
        return Kubectl(self.plane.admin)

    def __enter__(self) -> Self:
        """Start everything; the node is ready and names are resolved when it returns."""
        with self._stack as stack:
            with cgroups.as_the_node(home().name):
                self._start(stack)
            self.load(images.PAUSE)
            self.kubectl("wait", "--for=condition=Ready", "node", NAME, "--timeout=60s")
            self.install(addons.DNS)
            self._stack = stack.pop_all()
        return self

    def _start(self, stack: ExitStack) -> None:
        stack.enter_context(self.plane)
        self.plane.start_controllers()
        for process in (
            *self.logs.keepers,
            self.node.containerd,
            self.scheduler,
            self.node.kubelet,
            self.node.proxy,
        ):
            stack.callback(process.stop)
            process.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the programs; the pods end with the namespaces."""
        self._stack.close()

    def load(self, *wanted: images.Image) -> None:
        """Give images to the node."""
        for image in wanted:
            self.node.load(images.archive(image))

    def install(self, *wanted: addons.Addon) -> None:
        """Apply the objects of programs from elsewhere, and wait until their pods are ready."""
        for addon in wanted:
            self.load(*map(images.of_program, addon.programs))
            everywhere = self.kubectl.within("")  # each object says its own
            everywhere("apply", "--server-side", "-f", "-", stdin=addon.text())
        for addon in wanted:
            for namespace, workload in addon.workloads:
                self._rolled_out(namespace, workload)

    def _rolled_out(self, namespace: str, workload: str) -> None:
        kubectl = self.kubectl.within(namespace)
        eventually(lambda: kubectl("get", workload, "--ignore-not-found"), 60)
        kubectl("rollout", "status", workload, "--timeout=120s")
