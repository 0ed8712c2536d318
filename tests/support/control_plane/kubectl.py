"""kubectl, as its users type it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from control_plane.processes import environment
from programs import program

Manifest = Mapping[str, Any]


class Refused(Exception):
    """kubectl ended with an error; the text is its own."""


@dataclass(frozen=True, slots=True)
class Kubectl:
    """kubectl as one user in one namespace."""

    kubeconfig: Path
    namespace: str = "default"

    def __call__(self, *arguments: str, stdin: str | None = None) -> str:
        """What `kubectl ARGUMENTS…` prints.

        Raises:
            Refused: It ended with an error.
        """
        done = subprocess.run(
            [program("kubectl"), f"--namespace={self.namespace}", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            env=environment(
                KUBECONFIG=str(self.kubeconfig),
                KUBECACHEDIR=str(self.kubeconfig.with_suffix(".cache")),
            ),
            check=False,
        )
        if done.returncode:
            raise Refused(done.stderr.strip())
        return done.stdout

    def apply(self, *manifests: Manifest, arguments: tuple[str, ...] = ()) -> str:
        """`kubectl apply` of objects, client-side unless the arguments say otherwise."""
        return self("apply", *arguments, "-f", "-", stdin=yaml.safe_dump_all(manifests))

    def get(self, kind: str, name: str) -> dict[str, Any]:
        """One object.

        Raises:
            Refused: It isn't there.
        """
        found: dict[str, Any] = json.loads(self("get", kind, name, "-o", "json"))
        return found

    def list(self, kinds: str, *arguments: str) -> list[dict[str, Any]]:
        """All objects of some kinds, in the namespace unless the arguments say otherwise."""
        found: dict[str, Any] = json.loads(self("get", kinds, "-o", "json", *arguments))
        items: list[dict[str, Any]] = found["items"]
        return items

    def within(self, namespace: str) -> Kubectl:
        """The same user in another namespace."""
        return replace(self, namespace=namespace)
