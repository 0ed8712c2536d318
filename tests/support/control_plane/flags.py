"""The flags of each program: what a control plane of tests needs and differs in."""

from __future__ import annotations

from pathlib import Path

from control_plane.certificates import Pair

AGGREGATOR = "aggregator"


def etcd(data: Path, clients: int, peers: int) -> list[str]:
    """A store that forgets everything when the machine does, and is quick for it."""
    return [
        f"--data-dir={data}",
        f"--listen-client-urls=http://127.0.0.1:{clients}",
        f"--advertise-client-urls=http://127.0.0.1:{clients}",
        f"--listen-peer-urls=http://127.0.0.1:{peers}",
        "--unsafe-no-fsync",
        "--log-level=error",
    ]


def apiserver(
    *,
    port: int,
    etcd: int,
    authority: Pair,
    serving: Pair,
    proxy: Pair,
    kubelets: Pair,
    policy: Path,
    audit: Path,
) -> list[str]:
    """An API server on loopback with RBAC, aggregation and an audit log.

    `authority` also signs and checks the tokens of service accounts. `proxy` is who the server is
    towards aggregated API servers, `kubelets` towards nodes.
    """
    return [
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        "--endpoint-reconciler-type=none",  # loopback can't stand in an EndpointSlice
        f"--secure-port={port}",
        f"--etcd-servers=http://127.0.0.1:{etcd}",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--authorization-mode=Node,RBAC",
        # As on OpenShift: who blocks an owner's deletion must have a right to its finalizers.
        "--enable-admission-plugins=OwnerReferencesPermissionEnforcement",
        "--allow-privileged",
        f"--tls-cert-file={serving.certificate}",
        f"--tls-private-key-file={serving.key}",
        f"--client-ca-file={authority.certificate}",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={authority.certificate}",
        f"--service-account-signing-key-file={authority.key}",
        f"--requestheader-client-ca-file={authority.certificate}",
        f"--requestheader-allowed-names={AGGREGATOR}",
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        f"--proxy-client-cert-file={proxy.certificate}",
        f"--proxy-client-key-file={proxy.key}",
        f"--kubelet-client-certificate={kubelets.certificate}",
        f"--kubelet-client-key={kubelets.key}",
        # An APIService's Service is an ExternalName for localhost.
        "--enable-aggregator-routing=false",
        f"--audit-policy-file={policy}",
        f"--audit-log-path={audit}",
        "--audit-log-maxsize=10000",  # in MB: rotated, it would lose what readers have not seen
    ]


def controller_manager(
    *, port: int, kubeconfig: Path, authority: Pair, autoscaler_seconds: int
) -> list[str]:
    """The controllers, of which the autoscaler looks at its metrics as often as is said."""
    return [
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        f"--kubeconfig={kubeconfig}",
        f"--authentication-kubeconfig={kubeconfig}",
        f"--authorization-kubeconfig={kubeconfig}",
        f"--service-account-private-key-file={authority.key}",
        f"--root-ca-file={authority.certificate}",
        "--use-service-account-credentials",
        "--leader-elect=false",
        f"--horizontal-pod-autoscaler-sync-period={autoscaler_seconds}s",
        "--horizontal-pod-autoscaler-initial-readiness-delay=1s",
        "--horizontal-pod-autoscaler-cpu-initialization-period=1s",
        # Its own limiter would need minutes for what the API server does in seconds.
        "--kube-api-qps=500",
        "--kube-api-burst=1000",
    ]
