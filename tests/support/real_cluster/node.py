"""The node: containerd, kubelet and kube-proxy, and the network between pods."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import yaml

from control_plane.certificates import Pair
from control_plane.processes import Process, environment
from programs import program
from real_cluster.images import PAUSE
from real_cluster.sandbox import NODE_ADDRESS, home

NAME = "node"
DNS_ADDRESS = "10.96.0.10"

_PODS = "10.244.0.0/24"
_SOCKET = "/run/containerd/containerd.sock"

# An address of each pod's own, routed: on a bridge, answers from one pod to another would pass by
# the rules that translated the Service's address.
_NETWORK = {
    "cniVersion": "1.0.0",
    "name": "pods",
    "plugins": [
        {
            "type": "ptp",
            "ipMasq": False,
            "ipam": {
                "type": "host-local",
                "ranges": [[{"subnet": _PODS}]],
                "routes": [{"dst": "0.0.0.0/0"}],
                "dataDir": "/run/cni",
            },
        },
        {"type": "portmap", "capabilities": {"portMappings": True}},
    ],
}

_CONTAINERD = """\
version = 2
root = "{folder}/containerd"
state = "/run/containerd"
[grpc]
  address = "{socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  # A container's own process may not lower its score where the machine grants no CAP_SYS_RESOURCE.
  restrict_oom_score_adj = true
  enable_unprivileged_ports = true
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "/usr/lib/cni"
  conf_dir = "{folder}/cni"
"""


class Node:
    """One node, whose programs log into a folder."""

    def __init__(
        self, folder: Path, logs: Path, kubeconfig: Path, administrator: Path, authority: Pair
    ) -> None:
        self._folder = folder
        (folder / "cni").mkdir()
        (folder / "cni/pods.conflist").write_text(json.dumps(_NETWORK))
        (folder / "resolv.conf").touch()
        self.containerd = self._containerd()
        self.kubelet = self._kubelet(kubeconfig, logs, authority)
        self.proxy = self._proxy(administrator)

    def load(self, image: Path) -> None:
        """Make an image, an OCI archive, known to the node."""
        _ctr("images", "import", "--no-unpack=false", str(image))

    def _containerd(self) -> Process:
        config = self._folder / "containerd.toml"
        config.write_text(
            _CONTAINERD.format(folder=self._folder, socket=_SOCKET, pause=PAUSE.reference)
        )
        command = ["containerd", f"--config={config}"]
        return Process(command, self._folder / "containerd.log", _containerd_answers)

    def _kubelet(self, kubeconfig: Path, logs: Path, authority: Pair) -> Process:
        settings = _kubelet_configuration(self._folder, authority) | {"podLogsDir": str(logs)}
        config = self._write("kubelet.yaml", settings)
        command: list[str | Path] = [
            program("kubelet"),
            f"--config={config}",
            f"--kubeconfig={kubeconfig}",
            f"--root-dir={self._folder}/kubelet",
            f"--hostname-override={NAME}",
            f"--node-ip={NODE_ADDRESS}",
        ]
        return Process(command, self._folder / "kubelet.log", lambda: True, environment())

    def _proxy(self, kubeconfig: Path) -> Process:
        config = self._write("kube-proxy.yaml", _proxy_configuration(kubeconfig))
        command: list[str | Path] = [program("kube-proxy"), f"--config={config}"]
        return Process(command, self._folder / "kube-proxy.log", lambda: True, environment())

    def _write(self, name: str, document: dict[str, Any]) -> Path:
        file = self._folder / name
        file.write_text(yaml.safe_dump(document))
        return file


def _kubelet_configuration(folder: Path, authority: Pair) -> dict[str, Any]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": NODE_ADDRESS,
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(authority.certificate)},
        },
        "authorization": {"mode": "Webhook"},
        "containerRuntimeEndpoint": f"unix://{_SOCKET}",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{home().name}",
        "failCgroupV1": False,
        "failSwapOn": False,
        # How soon a pod sees a new Secret, and so Prometheus whom to scrape.
        "syncFrequency": "5s",
        "enforceNodeAllocatable": [],
        # The disk is not the cluster's alone: how full it is says nothing.
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%"},
        "imageGCHighThresholdPercent": 100,
        "clusterDNS": [DNS_ADDRESS],
        "clusterDomain": "cluster.local",
        "resolvConf": str(folder / "resolv.conf"),
        "shutdownGracePeriod": "0s",
    }


def _proxy_configuration(kubeconfig: Path) -> dict[str, Any]:
    never = {"tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"}
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "iptables",
        "clusterCIDR": _PODS,
        "hostnameOverride": NAME,
        "clientConnection": {"kubeconfig": str(kubeconfig)},
        # The host's limits are not the sandbox' to change.
        "conntrack": {"maxPerCore": 0, "min": 0, "udpTimeout": "0s", **never},
        "iptables": {"minSyncPeriod": "0s"},
    }


def _containerd_answers() -> bool:
    return Path(_SOCKET).exists() and _ctr("version", check=False) == 0


def _ctr(*arguments: str, check: bool = True) -> int:
    command = ["ctr", f"--address={_SOCKET}", "--namespace=k8s.io", *arguments]
    return subprocess.run(command, check=check, stdout=subprocess.DEVNULL).returncode
