"""A cluster that stays up while a developer works with it."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from programs import program

_MAIN = (sys.executable, "-m", "real_cluster")
_ENTER = """\
#!/bin/sh
# Runs a command where the cluster is: ./enter kubectl get pods --all-namespaces
exec nsenter --target "$(cat {folder}/inside)" --net --mount \\
    env KUBECONFIG={kubeconfig} PATH="{programs}:$PATH" sh -c 'cd "$0" && exec "$@"' "$PWD" "$@"
"""


def start(folder: Path) -> int:
    """Start a cluster and return when it is ready; 1 if it does not come up."""
    folder.mkdir(parents=True)
    with (folder / "cluster.log").open("wb") as log:
        sandboxed = subprocess.Popen(
            [*_MAIN, "run", *_MAIN, "up", str(folder)],
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    (folder / "outside").write_text(str(sandboxed.pid))
    while not (folder / "enter").exists():
        if sandboxed.poll() is not None:
            print((folder / "cluster.log").read_text(), file=sys.stderr)
            stop(folder)
            return 1
        time.sleep(0.2)
    (folder / "inside").write_text(_child(_child(str(sandboxed.pid))))
    print(f"Ready: {folder}/enter kubectl get pods --all-namespaces")
    return 0


def _child(pid: str) -> str:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0]


def ready(folder: Path, kubeconfig: Path) -> None:
    """Tell that the cluster is up: leave the command that leads to it."""
    programs = ":".join(str(program(name).parent) for name in ("kubectl", "helm"))
    enter = folder / "enter.new"
    enter.write_text(_ENTER.format(folder=folder, kubeconfig=kubeconfig, programs=programs))
    enter.chmod(0o755)
    enter.rename(folder / "enter")


def stop(folder: Path) -> int:
    """End the cluster, if it runs, and remove what it left."""
    process = folder / "outside"
    if process.exists():
        with suppress(ProcessLookupError):
            _end(int(process.read_text()))
    shutil.rmtree(folder, ignore_errors=True)
    return 0


def _end(pid: int) -> None:
    """Ask a process to end, and wait until it has, whether or not its parent takes note."""
    process = os.pidfd_open(pid)
    try:
        signal.pidfd_send_signal(process, signal.SIGTERM)
        select.select([process], [], [])
    finally:
        os.close(process)
