"""What is measured of the operator, one function for each figure."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import cluster
import httpx
import psutil

from control_plane import ControlPlane, eventually
from control_plane.operator import OperatorProcess

CHILDREN = (
    "/apis/apps/v1/namespaces/{}/deployments",
    "/api/v1/namespaces/{}/services",
    "/apis/autoscaling/v2/namespaces/{}/horizontalpodautoscalers",
)
CHURN_PER_SECOND = 5


def convergence(client: httpx.Client, operator: OperatorProcess, count: int) -> dict[str, float]:
    """From the operator's start until all have children, and status for their generation."""
    start = time.monotonic()
    operator.start()
    eventually(lambda: is_converged(client, count), 900)
    return {
        "converged_seconds": time.monotonic() - start,
        "converged_core_seconds": core_seconds(operator),
    }


def core_seconds(operator: OperatorProcess) -> float:
    """Processor time that the operator has had since its start."""
    times = psutil.Process(operator.pid).cpu_times()
    used: float = times.user + times.system
    return used


def is_converged(client: httpx.Client, count: int) -> bool:
    """Whether all is there. It asks for little, since the same two cores have to answer it."""
    time.sleep(1)
    if any(number_of(client, path.format(cluster.NAMESPACE)) < count for path in CHILDREN):
        return False
    servers = client.get(cluster.SERVERS).json()["items"]
    return sum(map(is_seen, servers)) == count


def number_of(client: httpx.Client, path: str) -> int:
    """How many objects there are; the list itself, of thousands, stays where it is."""
    page = client.get(path, params={"limit": 1}).json()
    left: int = page["metadata"].get("remainingItemCount", 0)
    return len(page["items"]) + left


def is_seen(server: dict[str, Any]) -> bool:
    seen = server.get("status", {}).get("observedGeneration")
    return bool(seen == server["metadata"]["generation"])


def wait_for_rest(plane: ControlPlane, operator: OperatorProcess, seconds: float = 20) -> None:
    """Return when the operator has written nothing for a while."""

    def rests() -> bool:
        mark = plane.audit.mark()
        time.sleep(seconds)
        return not writes(plane, operator, mark)

    eventually(rests, 600)


def steady_state(
    plane: ControlPlane, operator: OperatorProcess, seconds: float
) -> dict[str, float]:
    """Writes, and the share of a core, over a time in which nothing changes."""
    mark, before = plane.audit.mark(), core_seconds(operator)
    time.sleep(seconds)
    used = core_seconds(operator) - before
    return {
        "steady_writes": len(writes(plane, operator, mark)),
        "steady_core_percent": 100 * used / seconds,
    }


def writes(plane: ControlPlane, operator: OperatorProcess, mark: int) -> list[str]:
    """What the operator wrote, its Lease apart."""
    return [
        f"{each.verb} {each.resource}/{each.name}"
        for each in plane.audit.since(mark)
        if each.user == operator.user
        and each.writes
        and each.resource not in {"leases", "selfsubjectaccessreviews"}
    ]


def peak_memory(operator: OperatorProcess) -> float:
    """The most memory that the operator has ever had resident, in MiB."""
    status = Path(f"/proc/{operator.pid}/status").read_text()
    [kib] = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return int(kib) / 1024


def no_op(plane: ControlPlane, client: httpx.Client, operator: OperatorProcess) -> dict[str, float]:
    """The requests of a pass that finds everything as it should be."""
    place = f"{cluster.SERVERS}/{cluster.name(0)}"
    annotations = {"metadata": {"annotations": {"example.org/note": str(time.time())}}}
    mark = plane.audit.mark()
    client.patch(place, headers=cluster.MERGE, json=annotations).raise_for_status()
    time.sleep(3)
    ours = [each for each in plane.audit.since(mark) if each.user == operator.user]
    about_it = [each for each in ours if each.resource != "leases" and each.verb != "watch"]
    return {
        "no_op_writes": sum(each.writes for each in about_it),
        "no_op_reads": sum(not each.writes for each in about_it),
    }


def reaction(client: httpx.Client, changes: int) -> float:
    """The median of seconds from a change in one ModelServer until its Service shows it."""
    return median(one_reaction(client, 9500 + change) for change in range(changes))


def one_reaction(client: httpx.Client, port: int) -> float:
    service = f"/api/v1/namespaces/{cluster.NAMESPACE}/services/{cluster.name(0)}-ovms"
    start = time.monotonic()
    cluster.set_port(client, 0, port)
    while all(each["port"] != port for each in client.get(service).json()["spec"]["ports"]):
        time.sleep(0.01)
    return time.monotonic() - start


@contextmanager
def churn(plane: ControlPlane, count: int) -> Iterator[None]:
    """While this lasts, one ModelServer after the other changes; the first is left alone."""
    ended = threading.Event()

    def change() -> None:
        with plane.client() as client:
            turn = 0
            while not ended.wait(1 / CHURN_PER_SECOND):
                turn += 1
                cluster.set_port(client, 1 + turn % (count - 1), 9001 + turn // count)

    thread = threading.Thread(target=change)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
