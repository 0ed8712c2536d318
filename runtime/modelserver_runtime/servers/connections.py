"""Whether clients are connected, as the kernel sees it: grpc doesn't say."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

_TABLES: Final = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_ESTABLISHED: Final = "01"


def is_connected(port: int) -> bool:
    """Whether anybody has a connection to this port, of whatever address of this machine."""
    return any(
        local.endswith(f":{port:04X}") and state == _ESTABLISHED for local, state in _sockets()
    )


def _sockets() -> list[tuple[str, str]]:
    """Local address and state of each TCP socket in this network namespace."""
    found = []
    for table in _TABLES:
        with suppress(FileNotFoundError):  # tcp6, where the kernel has no IPv6
            for line in table.read_text("ascii").splitlines()[1:]:
                _, local, _, state, *_ = line.split()
                found.append((local, state))
    return found
