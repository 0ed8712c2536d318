"""A real Prometheus that scrapes a real server under load, as our ServiceMonitor has it do."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

# Before openvino, which the engine imports without its telemetry.
import modelserver_runtime.engine  # noqa: F401
from modelserver_operator.api import parse
from modelserver_operator.autoscaling.ratio import METRIC_NAME
from modelserver_operator.controller.events import Event, wishes
from modelserver_operator.controller.known import Known
from modelserver_operator.controller.metrics import Metrics
from modelserver_operator.controller.server_gauges import ServerGauges
from modelserver_operator.monitoring.alerts import groups
from modelserver_operator.render import Context, render

# isort: split
import openvino as ov

if TYPE_CHECKING:
    from conftest import Server, StartServer

SERVER = {
    "apiVersion": "intel.com/v1alpha1",
    "kind": "ModelServer",
    "metadata": {"namespace": "default", "name": "demo"},
    "spec": {
        "models_settings": {"model_name": "tiny", "model_path": "/models/tiny"},
        "monitoring": {"service_monitor": {"enabled": True}},
    },
    "status": {
        "replicas": 1,
        "readyReplicas": 1,
        "desiredReplicas": 1,
        "models": [{"name": "tiny", "versions": [1]}],
    },
}
AUTOSCALER = {
    "kind": "HorizontalPodAutoscaler",
    "metadata": {"namespace": "default", "name": "demo-ovms", "uid": "1"},
    "spec": {
        "scaleTargetRef": {
            "apiVersion": SERVER["apiVersion"],
            "kind": "ModelServer",
            "name": "demo",
        },
        "maxReplicas": 3,
        "metrics": [
            {
                "type": "Pods",
                "pods": {"metric": {"name": METRIC_NAME}, "target": {"averageValue": "1"}},
            }
        ],
    },
}
POD = {"namespace": "default", "service": "demo-ovms", "pod": "demo-ovms-6d5f8c7b9-x2x4z"}
GOOD = {
    "inputs": [
        {"name": name, "shape": [1, 10], "datatype": "FP32", "data": [1] * 10} for name in "ab"
    ]
}
ANSWERS_WITHIN = 30.0  # seconds, from the first scrape


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A running Prometheus."""

    address: str

    def is_ready(self) -> bool:
        """Whether it answers; before that it refuses connections, then requests."""
        try:
            urllib.request.urlopen(f"http://{self.address}/-/ready").close()
        except OSError as error:
            if isinstance(error, urllib.error.HTTPError):
                error.close()
            return False
        return True

    def get(self, path: str, **parameters: str) -> Any:  # noqa: ANN401 - whatever JSON says
        """The data of an answer of its API."""
        query = urllib.parse.urlencode(parameters)
        with urllib.request.urlopen(f"http://{self.address}/api/v1/{path}?{query}") as response:
            return json.load(response)["data"]

    def values(self, query: str) -> list[float]:
        """What a query gives now, but for what is not a number."""
        try:
            found = self.get("query", query=query)["result"]
        except urllib.error.HTTPError as error:
            pytest.fail(f"{query}: {json.load(error)['error']}")
        numbers = (float(series["value"][1]) for series in found)
        return [number for number in numbers if number == number]


@pytest.fixture(scope="module")
def served(
    start_server: StartServer,
    tiny_model: ov.Model,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    """A server with a model cache, asked all the time, now and then for what it can't do."""
    model, cache = tmp_path_factory.mktemp("tiny"), tmp_path_factory.mktemp("cache")
    ov.save_model(tiny_model, model / "1/model.xml")
    flags = {"model_name": "tiny", "model_path": model, "cache_dir": cache}
    server = start_server(
        *(text for key, value in flags.items() for text in (f"--{key}", str(value)))
    )
    with _doing(lambda: _ask(server)):
        yield server


@pytest.fixture(scope="module")
def prometheus_api(
    prometheus: Path, served: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Prometheus]:
    """Prometheus, once it has seen enough for rates."""
    folder = tmp_path_factory.mktemp("prometheus")
    with _operators_metrics() as operator, _listening() as address:
        (folder / "alerts.yaml").write_text(yaml.safe_dump({"groups": groups("docs/runbooks")}))
        (folder / "config.yaml").write_text(yaml.safe_dump(_config(served.rest, operator)))
        flags = {
            "config.file": folder / "config.yaml",
            "storage.tsdb.path": folder / "data",
            "web.listen-address": address,
        }
        with (
            (folder / "log").open("w") as log,
            subprocess.Popen(
                [prometheus, *(f"--{flag}={value}" for flag, value in flags.items())], stderr=log
            ) as process,
        ):
            try:
                yield _when_it_knows(Prometheus(address), folder / "log")
            finally:
                process.terminate()


def _config(server: str, operator: str) -> dict[str, Any]:
    """As the Prometheus Operator would write it, but for how targets are found."""
    monitor = render(parse(SERVER).server, Context()).service_monitor
    assert monitor is not None
    (endpoint,) = monitor["spec"]["endpoints"]
    relabelings = [
        {re.sub("([A-Z])", r"_\1", key).lower(): value for key, value in rule.items()}
        for rule in endpoint["metricRelabelings"]
    ]
    return {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": ["alerts.yaml"],
        "scrape_configs": [
            {
                "job_name": "demo-ovms",
                "metrics_path": endpoint["path"],
                "static_configs": [{"targets": [server], "labels": POD}],
                "metric_relabel_configs": relabelings,
            },
            {
                "job_name": "operator",
                "honor_labels": True,
                "static_configs": [{"targets": [operator], "labels": {"namespace": "operators"}}],
            },
        ],
    }


def _when_it_knows(prometheus: Prometheus, log: Path) -> Prometheus:
    deadline = time.monotonic() + ANSWERS_WITHIN
    while time.monotonic() < deadline:
        if prometheus.is_ready() and prometheus.values("rate(ovms_requests_fail[30s]) > 0"):
            return prometheus
        time.sleep(0.2)
    pytest.fail(f"Prometheus saw nothing: {log.read_text()}")


def _ask(server: Server) -> None:
    server.post("/v2/models/tiny/infer", GOOD)
    server.post("/v2/models/tiny/infer", {"inputs": []})
    time.sleep(0.02)


@contextmanager
def _doing(act: Callable[[], None]) -> Iterator[None]:
    """Do it again and again, beside what the context does."""
    over = threading.Event()

    def repeat() -> None:
        while not over.is_set():
            act()

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def _operators_metrics() -> Iterator[str]:
    """The address of what an operator exports that looks after SERVER."""
    known = Known()
    for document in (SERVER, AUTOSCALER):
        list(wishes(Event("ADDED", document), known))
    metrics = Metrics(ServerGauges(known, lambda: True), lambda: 0.0, lambda: True)

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(metrics.exposition())

        def log_message(self, *_: object) -> None:
            """Tests are silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def _listening() -> Iterator[str]:
    """An address that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    yield f"127.0.0.1:{port}"
