"""The kernel namespaces that a cluster lives in.

Networks, mounts and processes made in there are the kernel's to clean up: when the first process
ends, all others do, and with the last one the addresses, rules and mounts go. Only control groups
are the host's, and swept up afterwards.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

NODE_ADDRESS = "10.99.0.1"
"""Where the node's own programs are reached from pods."""

_UNSHARE = ("unshare", "--net", "--pid", "--mount", "--fork", "--kill-child", "--mount-proc")
_CGROUPS = Path("/sys/fs/cgroup")
_OURS = "kubepods"
_MARK = "MODELSERVER_SANDBOX"


def inside(command: Sequence[str]) -> list[str]:
    """A command that runs another one in fresh namespaces.

    The first process of a process namespace has to reap orphans, which the shell does.
    """
    return [*_UNSHARE, "env", f"{_MARK}=yes", "bash", "-c", '"$@"; exit $?', "sandbox", *command]


def entered() -> bool:
    """Whether this process is in a sandbox; preparing anything else would break the host."""
    return os.environ.get(_MARK) == "yes"


def prepare() -> None:
    """Set up the namespaces that this process is in: a network with one node, folders to write."""
    for folder in ("/run", "/var/log"):
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


def sweep(patience: float = 20.0) -> None:
    """Remove the control groups of pods that are gone.

    Args:
        patience: seconds that the kernel is given to end the last processes.

    Raises:
        OSError: a process of theirs is still there.
    """
    deadline = time.monotonic() + patience
    for root in [_CGROUPS / _OURS, *_CGROUPS.glob(f"*/{_OURS}")]:
        groups = [path for path in root.rglob("*") if path.is_dir()] if root.is_dir() else []
        for group in sorted([root, *groups], key=lambda path: len(path.parts), reverse=True):
            _remove(group, deadline)


def _remove(group: Path, deadline: float) -> None:
    while group.is_dir():
        try:
            group.rmdir()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _do(*command: str) -> None:
    subprocess.run(command, check=True)
