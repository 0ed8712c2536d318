"""How long a new replica takes from the decision to have it until it answers, step by step.

`python -m real_cluster.cold_start FILE` prints figures that a test has recorded as a table.
"""

from __future__ import annotations

import http.client
import json
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any, Self

import httpx

from control_plane import Kubectl
from real_cluster.load import rest_request

_PAUSE = 0.02
_PROCESS_START = """
import time
ticks = int(open('/proc/1/stat').read().rpartition(')')[2].split()[19])
print(time.time() - float(open('/proc/uptime').read().split()[0]) + ticks / 100)
"""
_AVAILABLE = re.compile(
    r"^(\S+ \S+) INFO .* is available on .* compiled in ([\d.]+) s", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class ColdStart:
    """Seconds, each from the end of the step before.

    Attributes:
        schedule: from the decision until a pod is made and has a node.
        start: until the server's process runs.
        load: until it has read the model.
        compile: until the model is compiled and has been tried.
        ready: until the pod is ready.
        serve: until it has answered a client's request.
    """

    schedule: float
    start: float
    load: float
    compile: float
    ready: float
    serve: float

    @classmethod
    def median(cls, seen: Sequence[Self]) -> Self:
        """Step by step."""
        return cls(*(round(median(steps), 2) for steps in zip(*map(astuple, seen), strict=True)))


class Replicas:
    """The replicas of one ModelServer.

    Args:
        client: the administrator's, of the API server.
    """

    def __init__(self, client: httpx.Client, kubectl: Kubectl, server: str) -> None:
        self._client = client
        self._kubectl = kubectl
        namespace = kubectl.namespace
        self._pods = f"/api/v1/namespaces/{namespace}/pods?labelSelector=release={server}"
        servers = f"/apis/intel.com/v1alpha1/namespaces/{namespace}/modelservers"
        self._scale = f"{servers}/{server}/scale"

    def add(self) -> ColdStart:
        """Decide to have one more, as an autoscaler does, and see it through."""
        known = {pod["metadata"]["name"] for pod in self._list()}
        decided = time.time()
        self._decide(len(known) + 1)
        scheduled = _when(lambda: "nodeName" in self._new(known).get("spec", {}))
        ready = _when(lambda: _is_ready(self._new(known)))
        pod = self._new(known)
        served = _when(lambda: self._has_served(pod["status"]["podIP"]))
        started = self._process_start(pod["metadata"]["name"])
        available, compiling = self._load(pod["metadata"]["name"])
        moments = (decided, scheduled, started, available - compiling, available, ready, served)
        return ColdStart(*(later - before for before, later in pairwise(moments)))

    def _decide(self, count: int) -> None:
        self._client.patch(
            self._scale,
            json={"spec": {"replicas": count}},
            headers={"Content-Type": "application/merge-patch+json"},
        ).raise_for_status()

    def _list(self) -> list[dict[str, Any]]:
        pods: list[dict[str, Any]] = self._client.get(self._pods).raise_for_status().json()["items"]
        return pods

    def _new(self, known: set[str]) -> dict[str, Any]:
        return next((pod for pod in self._list() if pod["metadata"]["name"] not in known), {})

    def _has_served(self, address: str) -> bool:
        metrics = httpx.get(f"http://{address}:8081/metrics").text
        counts = re.findall(r"^ovms_requests_success{.*ModelInfer.*} (\d+)", metrics, re.MULTILINE)
        return any(map(int, counts))

    def _process_start(self, pod: str) -> float:
        python = ("/opt/modelserver/bin/python", "-c", _PROCESS_START)
        return float(self._kubectl("exec", pod, "--", *python))

    def _load(self, pod: str) -> tuple[float, float]:
        """When the model was available, and how long it had been compiled."""
        at, seconds = _AVAILABLE.search(self._kubectl("logs", pod)).groups()  # type: ignore[union-attr]
        there = datetime.strptime(at, "%Y-%m-%d %H:%M:%S,%f").replace(tzinfo=UTC)
        return there.timestamp(), float(seconds)


@contextmanager
def trickle(address: str, port: int, model: str) -> Iterator[None]:
    """Inferences one after the other, each on a connection of its own, until the block ends."""
    ended = threading.Event()
    thread = threading.Thread(target=_ask_again, args=(ended, address, port, model))
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _ask_again(ended: threading.Event, address: str, port: int, model: str) -> None:
    body, headers = rest_request()
    while not ended.wait(_PAUSE):
        with (
            suppress(OSError),
            closing(http.client.HTTPConnection(address, port, timeout=30)) as server,
        ):
            server.request("POST", f"/v2/models/{model}/infer", body, headers)
            server.getresponse().read()


def _when(holds: Callable[[], bool], seconds: float = 120) -> float:
    """The moment from which on it holds, to a few hundredths of a second."""
    deadline = time.time() + seconds
    while not holds():
        assert time.time() < deadline, f"not within {seconds} s"
        time.sleep(_PAUSE)
    return time.time()


def _is_ready(pod: dict[str, Any]) -> bool:
    conditions = pod.get("status", {}).get("conditions", ())
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def table(seen: Mapping[str, ColdStart]) -> str:
    """As Markdown, a row for each step."""
    names = [field.name for field in fields(ColdStart)]
    steps = zip(names, *map(astuple, seen.values()), strict=True)
    totals = ("all", *(sum(astuple(each)) for each in seen.values()))
    rows = [
        f"| {name} | {' | '.join(f'{value:.2f} s' for value in row)} |"
        for name, *row in [*steps, totals]
    ]
    return "\n".join([f"| | {' | '.join(seen)} |", "|---" * (len(seen) + 1) + "|", *rows])


if __name__ == "__main__":
    recorded = json.loads(Path(sys.argv[1]).read_text())
    print(table({name: ColdStart(**steps) for name, steps in recorded.items()}))
