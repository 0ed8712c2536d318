"""Our operator as a process beside the control plane, with the rights that its chart gives it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from control_plane import kubeconfig
from control_plane.kubectl import Kubectl
from control_plane.plane import ControlPlane
from control_plane.processes import Process, answers, environment, free_port
from modelserver_operator.controller import rights

NAME = "modelserver-operator"


class OperatorProcess(Process):
    """An operator whose home is a namespace; it looks after that one, or all of them."""

    def __init__(
        self,
        plane: ControlPlane,
        home: str,
        folder: Path,
        *flags: str,
        everywhere: bool = False,
        server: str | None = None,
    ) -> None:
        """Grant the rights, and write the kubeconfig.

        Args:
            plane: Where it works.
            home: Its namespace.
            folder: For its files.
            flags: More flags of `modelserver-operator run`.
            everywhere: Whether it looks after all namespaces.
            server: The URL of a proxy before the API server.
        """
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.user = f"system:serviceaccount:{home}:{NAME}"
        admin = Kubectl(plane.admin, home)
        admin.apply(*granted(home, everywhere))
        token = admin("create", "token", NAME, "--duration=24h").strip()
        config = kubeconfig.by_token(server or plane.url, plane.trust, token)
        watched = () if everywhere else (f"--namespaces={home}",)
        command = [sys.executable, "-m", "modelserver_operator", "run", f"--port={port}"]
        super().__init__(
            [*command, *watched, *flags],
            folder / f"operator-{port}.log",
            lambda: answers(f"{self.url}/readyz"),
            environment(
                KUBECONFIG=str(kubeconfig.written(config, folder / f"operator-{port}.kubeconfig")),
                POD_NAMESPACE=home,
            ),
        )

    def metrics(self) -> str:
        """What it tells Prometheus."""
        return httpx.get(f"{self.url}/metrics").text


def granted(home: str, everywhere: bool) -> Iterator[dict[str, Any]]:
    """Account, roles and bindings: those of the operator's own table, and no other."""
    yield _object("v1", "ServiceAccount", home)
    watched = [*rights.IN_EACH_NAMESPACE, *rights.to_see_lease(NAME)]
    at_home = list(rights.to_hold_lease(NAME))
    if everywhere:
        yield from _bound("ClusterRole", home, watched)
        yield from _bound("Role", home, at_home)
    else:
        yield from _bound("Role", home, [*watched, *at_home])


def _bound(kind: str, home: str, wanted: list[rights.Right]) -> Iterator[dict[str, Any]]:
    role = _object("rbac.authorization.k8s.io/v1", kind, home)
    # Roles of the whole cluster would meet each other under one name.
    name = f"{NAME}-{home}" if kind == "ClusterRole" else NAME
    role["metadata"]["name"] = name
    yield role | {"rules": rights.rules(wanted)}
    binding = _object("rbac.authorization.k8s.io/v1", f"{kind}Binding", home)
    binding["metadata"]["name"] = name
    yield binding | {
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": NAME, "namespace": home}],
    }


def _object(version: str, kind: str, home: str) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": NAME, "namespace": home}}
