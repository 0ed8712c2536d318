"""Kubeconfigs: how a client finds a control plane and who it says it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from control_plane.certificates import Pair


def by_certificate(server: str, authority: Path, pair: Pair) -> dict[str, Any]:
    """For a user that a client certificate names."""
    user = {"client-certificate": str(pair.certificate), "client-key": str(pair.key)}
    return _kubeconfig({"server": server, "certificate-authority": str(authority)}, user)


def by_token(server: str, authority: Path, token: str) -> dict[str, Any]:
    """For a service account."""
    cluster = {"server": server, "certificate-authority": str(authority)}
    return _kubeconfig(cluster, {"token": token})


def written(kubeconfig: dict[str, Any], to: Path) -> Path:
    """The file that it is written to."""
    to.write_text(yaml.safe_dump(kubeconfig))
    return to


def _kubeconfig(cluster: dict[str, str], user: dict[str, str]) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "test", "cluster": cluster}],
        "users": [{"name": "test", "user": user}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
        "current-context": "test",
    }
