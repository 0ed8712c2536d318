"""How many threads inference may use.

OpenVINO sizes its thread pools to the host. Under a CPU limit that means more threads than cores to
run them on: the kernel stops them all for the rest of each period, and latencies rise to seconds.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from modelserver_runtime.settings import SettingsError

CPU_LIMIT: Final = "MODELSERVER_CPU_LIMIT"
"""Environment variable: cores, maybe fractional; for processes that run without a container."""


def thread_limit(
    environment: Mapping[str, str],
    cgroups: Path = Path("/sys/fs/cgroup"),
    membership: Path = Path("/proc/self/cgroup"),
) -> int | None:
    """The threads that fit the CPU limit, or None where OpenVINO's own choice does.

    OpenVINO counts the cores that the process may run on, but knows nothing of quotas.

    Raises:
        SettingsError: the environment variable is not a positive number.
    """
    limits = [_cores_by_environment(environment)]
    with suppress(OSError):
        limits.append(cores_by_cgroup(cgroups, membership.read_text()))
    usable = len(os.sched_getaffinity(0))
    cores = min((limit for limit in limits if limit is not None), default=usable)
    return max(1, math.ceil(cores)) if cores < usable else None


def cores_by_cgroup(root: Path, membership: str) -> float | None:
    """The tightest CPU quota of a process's control groups and of those around them.

    Args:
        root: where the control groups are mounted, of either version.
        membership: the text of the process's ``/proc/<pid>/cgroup``.
    """
    quotas = [_quota(folder) for folder in _cpu_groups(root, membership)]
    return min((quota for quota in quotas if quota is not None), default=None)


def cores_v2(cpu_max: str) -> float | None:
    """The quota in a ``cpu.max``: microseconds of every period, or ``max``."""
    quota, period = cpu_max.split()
    return None if quota == "max" else int(quota) / int(period)


def cores_v1(quota: str, period: str) -> float | None:
    """The quota in ``cpu.cfs_quota_us`` and ``cpu.cfs_period_us``, where -1 is none."""
    return int(quota) / int(period) if int(quota) > 0 else None


def _cpu_groups(root: Path, membership: str) -> Iterator[Path]:
    for line in membership.splitlines():
        _, controllers, path = line.split(":", 2)
        if not controllers:  # version 2: one hierarchy for everything
            yield from _with_parents(root, path)
        elif "cpu" in controllers.split(","):
            yield from _with_parents(root / "cpu", path)


def _with_parents(root: Path, path: str) -> Iterator[Path]:
    # Inside a container the path may be the host's, of which only the root is visible.
    group = root / path.lstrip("/")
    yield from (folder for folder in (group, *group.parents) if folder.is_relative_to(root))


def _quota(group: Path) -> float | None:
    with suppress(OSError):
        return cores_v2((group / "cpu.max").read_text())
    with suppress(OSError):
        quota, period = group / "cpu.cfs_quota_us", group / "cpu.cfs_period_us"
        return cores_v1(quota.read_text(), period.read_text())
    return None


def _cores_by_environment(environment: Mapping[str, str]) -> float | None:
    text = environment.get(CPU_LIMIT)
    if text is None:
        return None
    try:
        cores = float(text)
    except ValueError:
        cores = math.nan
    if not 0 < cores < math.inf:
        raise SettingsError(f"{CPU_LIMIT}: {text!r} is not a positive number of cores")
    return cores
