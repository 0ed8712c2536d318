"""What a cluster needs of Debian's packages."""

from __future__ import annotations

import shutil
import subprocess
import sys

_PROVIDERS = {
    "buildah": "buildah",
    "conntrack": "conntrack",
    "containerd": "containerd",
    "ctr": "containerd",
    "debootstrap": "debootstrap",
    "ip": "iproute2",
    "iptables": "iptables",
    "runc": "runc",
    "/usr/lib/cni/ptp": "containernetworking-plugins",
}


def install() -> None:
    """Install those that are missing.

    Raises:
        SystemExit: there is no apt-get to do it.
    """
    missing = sorted({_PROVIDERS[command] for command in _PROVIDERS if not shutil.which(command)})
    if not missing:
        return
    if not shutil.which("apt-get"):
        sys.exit(f"Install these first: {', '.join(missing)}")
    print(f"Installing {', '.join(missing)}", file=sys.stderr, flush=True)
    for command in (("update",), ("install", "--yes", "--no-install-recommends", *missing)):
        subprocess.run(("apt-get", "--quiet=2", *command), check=True, stdout=sys.stderr)
