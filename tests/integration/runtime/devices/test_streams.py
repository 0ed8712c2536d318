"""How many inferences can run at once, on every kind of device, before and after it changes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from modelserver_runtime.engine.compiler import Compiled
from modelserver_runtime.engine.placement import Placement

# isort: split
import openvino as ov

if TYPE_CHECKING:
    from conftest import Repository, Server, StartServer

Compile = Callable[..., Compiled]


@pytest.mark.parametrize(
    ("target", "config", "placement"),
    [
        ("CPU", {}, Placement(("CPU",), 1)),
        ("CPU", {"NUM_STREAMS": 2}, Placement(("CPU",), 2)),
        ("AUTO:XCPU,CPU", {"NUM_STREAMS": 2}, Placement(("XCPU",), 2)),
        ("MULTI:CPU", {"NUM_STREAMS": 2}, Placement(("CPU",), 2)),
        ("HETERO:XCPU,CPU", {"NUM_STREAMS": 2}, Placement(("XCPU",), 2)),
        ("BATCH:CPU(8)", {"NUM_STREAMS": 2}, Placement(("CPU",), 16)),
        ("BATCH:CPU", {"NUM_STREAMS": 2}, Placement(("CPU",), 2)),
        ("BATCH:AUTO(4)", {"PERFORMANCE_HINT": "LATENCY"}, Placement(("XCPU",), 4)),
        (
            "BATCH:CPU(4)",
            {"NUM_STREAMS": 2, "PERFORMANCE_HINT_NUM_REQUESTS": 32},
            Placement(("CPU",), 8),
        ),
    ],
)
def test_streams(
    compile_model: Compile,
    row_model: ov.Model,
    target: str,
    config: dict[str, object],
    placement: Placement,
) -> None:
    compiled = compile_model(row_model, target_device=target, plugin_config=config)

    assert compiled.placement() == placement


def test_a_model_that_cannot_be_batched_runs_one_by_one(
    compile_model: Compile, sum_model: ov.Model
) -> None:
    compiled = compile_model(sum_model, target_device="BATCH:CPU(4)")

    assert (compiled.batch, compiled.placement().streams) == (1, 1)


@pytest.mark.parametrize(("hint", "streams"), [("LATENCY", 1), ("THROUGHPUT", 2)])
def test_a_model_that_auto_has_moved_tells_its_new_device_and_streams(
    start_server: StartServer,
    repository: Repository,
    sum_model: ov.Model,
    hint: str,
    streams: int,
) -> None:
    repository.add("sum", 1, sum_model)
    config = repository.config(
        "sum",
        target_device="AUTO:XCPU,CPU",
        plugin_config={"PERFORMANCE_HINT": hint, "INFERENCE_NUM_THREADS": 2},
    )
    plugins = '{"XCPU": "libopenvino_intel_cpu_plugin.so"}'
    server = start_server("--config_path", str(config), "--device_plugins", plugins)
    assert device(server) == "XCPU"

    # An inference that fails makes AUTO give its device up, whatever the cause.
    assert server.post("/v2/models/sum/infer", request(2, 3))[0] == 500

    wait_until(lambda: device(server) == "CPU")
    assert metric(server, "ovms_streams") == f"{streams}"
    (status,) = json.loads(server.get("/v1/config")[1])["sum"]["model_version_status"]
    assert (status["execution_devices"], status["streams"]) == (["CPU"], streams)
    assert "model sum version 1 has moved from XCPU to CPU" in server.log.read_text()
    assert server.post("/v2/models/sum/infer", request(2, 2))[0] == 200


def request(*lengths: int) -> dict[str, object]:
    inputs = [
        {"name": name, "shape": [length], "datatype": "FP32", "data": [1.0] * length}
        for name, length in zip("ab", lengths, strict=True)
    ]
    return {"inputs": inputs}


def device(server: Server) -> str:
    series = metric(server, "modelserver_execution_device", labels=True)
    return series.partition('device="')[2].partition('"')[0]


def metric(server: Server, name: str, *, labels: bool = False) -> str:
    text = server.get("/metrics")[1].decode()
    (line,) = (line for line in text.splitlines() if line.startswith(f"{name}{{"))
    return line if labels else line.rpartition(" ")[2]


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
