"""The kernel namespaces that a cluster lives in, and the folder for its data.

Networks, mounts and processes made in there are the kernel's to clean up: when the first process
ends, all others do, and with the last one the addresses, rules and mounts go. Only the folder and
the control groups, named like it, are the host's; `run` removes them.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from real_cluster import cgroups

NODE_ADDRESS = "10.99.0.1"
"""Where the node's own programs are reached from pods."""

# The first process of a process namespace has to reap orphans, which the shell does.
_INSIDE = (
    *("setpriv", "--pdeathsig=KILL"),
    *("unshare", "--net", "--pid", "--mount", "--fork", "--kill-child", "--mount-proc"),
    *("bash", "-c", '"$@"; exit $?', "sandbox"),
)
_MARK = "MODELSERVER_SANDBOX"


def run(command: Sequence[str]) -> int:
    """Run a command in fresh namespaces; nothing of it is left on return, however that came about.

    Asked to end, the command is interrupted, so that it can say what it has to.
    """
    folder = Path(tempfile.mkdtemp(prefix="modelserver-cluster-"))
    # What is ignored here, as in a shell's background, would be ignored in there as well.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(
        [*_INSIDE, *command], env=os.environ | {_MARK: str(folder)}, process_group=0
    ) as sandboxed:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, lambda *_: os.killpg(sandboxed.pid, signal.SIGINT))
        try:
            return sandboxed.wait()
        finally:
            sandboxed.kill()
            sandboxed.wait()
            cgroups.sweep(folder.name)
            shutil.rmtree(folder)


def entered() -> bool:
    """Whether this process is in a sandbox; preparing anything else would break the host."""
    return _MARK in os.environ


def home() -> Path:
    """The folder for data of the sandbox that this process is in."""
    return Path(os.environ[_MARK])


def prepare() -> None:
    """Set up the namespaces that this process is in: a network with one node, folders to write."""
    cgroups.create(home().name)
    # Kubelets keep sockets in a folder of one name, whatever folder they are given.
    for folder in ("/run", "/var/log", "/var/lib/kubelet"):
        Path(folder).mkdir(exist_ok=True)
        _do("mount", "-t", "tmpfs", "tmpfs", folder)
    # /sys shows the control groups of the host, and the network of who mounted it.
    _do("ip", "link", "set", "lo", "up")
    _do("ip", "link", "add", "node0", "type", "veth", "peer", "name", "wire0")
    _do("ip", "address", "add", f"{NODE_ADDRESS}/24", "dev", "node0")
    for link in ("node0", "wire0"):
        _do("ip", "link", "set", link, "up")
    # Nothing is beyond it; but without a route to a Service's address no rule would be asked.
    _do("ip", "route", "add", "default", "via", "10.99.0.2", "dev", "node0")
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")


def _do(*command: str) -> None:
    subprocess.run(command, check=True)
