"""The watches alone: what they show, and what becomes of one that falls silent."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from control_plane import ControlPlane, Kubectl, eventually, kubeconfig
from control_plane.processes import environment
from control_plane.proxy import FaultProxy

# A minute of silence would be long for a test.
PROGRAM = """
import sys, threading
from modelserver_operator.cluster import kinds
from modelserver_operator.controller import handlers
from modelserver_operator.controller.events import Event
from modelserver_operator.controller.watched import Watched

handlers._SILENCE_SECONDS = 2.0
plan = {
    Watched(kinds.CONFIG_MAP, fields="metadata.name!=kube-root-ca.crt"),
    Watched(kinds.SERVICE, labels="mark=ours"),
}

def show(told):
    if isinstance(told, Event):
        print(told.object["kind"], told.object["metadata"]["name"], told.type, flush=True)

handlers.run_watches(plan, sys.argv[1:], show, threading.Event())
"""


@pytest.fixture
def proxy(control_plane: ControlPlane) -> Iterator[FaultProxy]:
    with FaultProxy(control_plane) as proxy:
        yield proxy


@pytest.fixture
def seen(
    proxy: FaultProxy, control_plane: ControlPlane, kubectl: Kubectl, tmp_path: Path
) -> Iterator[Path]:
    """A file with a line for each event in the test's namespace."""
    home, shown = kubectl.namespace, tmp_path / "seen"
    kubectl("create", "serviceaccount", "reader")
    account = f"--serviceaccount={home}:reader"
    kubectl("create", "rolebinding", "reader", "--clusterrole=admin", account)
    token = kubectl("create", "token", "reader").strip()
    config = kubeconfig.by_token(proxy.url, control_plane.trust, token)
    file = kubeconfig.written(config, tmp_path / "kubeconfig")
    with shown.open("w") as out:
        watches = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, home],
            stdout=out,
            env=environment(KUBECONFIG=str(file)),
        )
        yield shown
        watches.terminate()
        watches.wait(20)


def shows(seen: Path, line: str) -> None:
    eventually(lambda: line in seen.read_text())


def test_what_happens_is_shown(seen: Path, kubectl: Kubectl) -> None:
    kubectl("create", "configmap", "notes")
    shows(seen, "ConfigMap notes")
    kubectl("label", "configmap", "notes", "new=1")
    shows(seen, "ConfigMap notes MODIFIED")
    kubectl("delete", "configmap", "notes")
    shows(seen, "ConfigMap notes DELETED")


def test_what_is_not_selected_is_not_shown(seen: Path, kubectl: Kubectl) -> None:
    for name in ("theirs", "ours"):
        kubectl("create", "service", "externalname", name, "--external-name=example.org")
    kubectl("label", "service", "ours", "mark=ours")
    shows(seen, "Service ours")
    assert "theirs" not in seen.read_text()
    assert "kube-root-ca.crt" not in seen.read_text()


def test_a_watch_that_falls_silent_is_opened_anew_and_misses_nothing(
    seen: Path, kubectl: Kubectl, proxy: FaultProxy
) -> None:
    kubectl("create", "configmap", "before")
    shows(seen, "ConfigMap before")
    proxy.silence_watches()
    kubectl("create", "configmap", "meanwhile")
    shows(seen, "ConfigMap meanwhile")
