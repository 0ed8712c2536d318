"""etcd, kube-apiserver and kube-controller-manager as three processes without root."""

from __future__ import annotations

import signal
import ssl
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from control_plane import flags, kubeconfig
from control_plane.audit import POLICY, AuditLog
from control_plane.certificates import Authority
from control_plane.processes import Process, answers, environment, free_port
from programs import program

ADMIN = "admin"

_AT_ONCE = signal.SIGKILL  # asked politely, the API server would wait for its watches


class ControlPlane:
    """A Kubernetes without nodes, in a folder of its own. Ready in seconds, gone with the block.

    Two steps, so that CustomResourceDefinitions can be there before the controllers look for them:
    entering the block starts the API server; `start_controllers` the rest.

    Args:
        hosts: further names and addresses that the API server is reached by.
        apiserver: further flags of it, which win over those given here.
        controllers: likewise of kube-controller-manager.
    """

    def __init__(
        self,
        folder: Path,
        autoscaler_seconds: int = 1,
        hosts: Sequence[str] = (),
        apiserver: Sequence[str] = (),
        controllers: Sequence[str] = (),
    ) -> None:
        self.folder = folder
        self.audit = AuditLog(folder / "audit.log")
        self.authority = Authority(folder, hosts)
        self._port = free_port()
        self._stack = ExitStack()
        etcd_port = free_port()
        self.etcd = Process(
            [program("etcd"), *flags.etcd(folder / "etcd", etcd_port, free_port())],
            folder / "etcd.log",
            lambda: answers(f"http://127.0.0.1:{etcd_port}/readyz"),
        )
        self.apiserver = Process(
            [program("kube-apiserver"), *self._apiserver_flags(etcd_port), *apiserver],
            folder / "kube-apiserver.log",
            self._apiserver_is_ready,
        )
        health = free_port()
        self.controllers = Process(
            [
                program("kube-controller-manager"),
                *self._controller_flags(health, autoscaler_seconds),
                *controllers,
            ],
            folder / "kube-controller-manager.log",
            lambda: answers(f"https://127.0.0.1:{health}/healthz"),
            environment(),
        )

    @property
    def url(self) -> str:
        """Where the API server is."""
        return f"https://localhost:{self._port}"

    @property
    def trust(self) -> Path:
        """The certificate to trust it by."""
        return self.authority.pair.certificate

    @cached_property
    def admin(self) -> Path:
        """The kubeconfig of a user who may do everything."""
        return self.user(ADMIN, "system:masters")

    def user(self, name: str, *groups: str) -> Path:
        """A kubeconfig for a user, who may do what RBAC says."""
        pair = self.authority.issue(name, groups)
        config = kubeconfig.by_certificate(self.url, self.trust, pair)
        return kubeconfig.written(config, self.folder / f"{name.replace(':', '-')}.kubeconfig")

    @cached_property
    def tls(self) -> ssl.SSLContext:
        """TLS as the administrator."""
        context = ssl.create_default_context(cafile=str(self.trust))
        pair = self.authority.issue(ADMIN, ("system:masters",))
        context.load_cert_chain(pair.certificate, pair.key)
        return context

    def serving_tls(self, name: str) -> ssl.SSLContext:
        """TLS for a server on this machine."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        pair = self.authority.issue(name)
        context.load_cert_chain(pair.certificate, pair.key)
        return context

    def client(self) -> httpx.Client:
        """An HTTP client of the administrator's, for what kubectl can't say."""
        return httpx.Client(base_url=self.url, verify=self.tls, timeout=30)

    def start_controllers(self) -> None:
        """Start kube-controller-manager, and return when its controllers run."""
        self._stack.callback(self.controllers.stop)
        self.controllers.start()

    def restart_apiserver(self) -> None:
        """Kill the API server and start it again: watches break, what was stored is still there."""
        self.apiserver.stop(_AT_ONCE)
        self.apiserver.start()

    def __enter__(self) -> Self:
        """Start etcd and the API server."""
        with self._stack as stack:
            for process in (self.etcd, self.apiserver):
                stack.callback(process.stop, _AT_ONCE)
                process.start()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End what runs, the last one started first."""
        self._stack.close()

    def _apiserver_flags(self, etcd: int) -> list[str]:
        policy = self.folder / "audit-policy.yaml"
        policy.write_text(POLICY)
        return flags.apiserver(
            port=self._port,
            etcd=etcd,
            authority=self.authority.pair,
            serving=self.authority.issue("kube-apiserver"),
            proxy=self.authority.issue(flags.AGGREGATOR),
            kubelets=self.authority.issue("apiserver-kubelet-client", ("system:masters",)),
            policy=policy,
            audit=self.folder / "audit.log",
        )

    def _controller_flags(self, port: int, autoscaler_seconds: int) -> list[str]:
        # Not the administrator: tests tell the two apart in the audit log.
        config = self.user("system:kube-controller-manager", "system:masters")
        return flags.controller_manager(
            port=port,
            kubeconfig=config,
            authority=self.authority.pair,
            autoscaler_seconds=autoscaler_seconds,
        )

    def _apiserver_is_ready(self) -> bool:
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/readyz", verify=self.tls).is_success
        return False
