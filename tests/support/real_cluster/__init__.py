"""A real Kubernetes cluster on this machine: kubelet, containers, Prometheus, autoscalers.

All of it runs in kernel namespaces of its own, so that nothing is left behind however it ends.
"""

from real_cluster.cluster import Cluster

__all__ = ["Cluster"]
