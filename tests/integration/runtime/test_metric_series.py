"""Every series that OpenVINO Model Server documents, driven by real requests and held to its value.

What is expected was counted or timed by the clients here.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import pytest
import tritonclient.grpc
import tritonclient.grpc.aio
import tritonclient.http
import tritonclient.http.aio
from ovmsclient import make_grpc_client, make_http_client
from ovmsclient.tfs_compat.base.errors import InvalidInputError, ModelNotFoundError
from tritonclient.utils import InferenceServerException

# Before openvino, which the engine imports without its telemetry.
import modelserver_runtime.engine  # noqa: F401

# isort: split
import openvino as ov
from openvino import opset13 as ops

if TYPE_CHECKING:
    from conftest import Server, StartServer

Series: TypeAlias = dict[str, float]
"""Each line of /metrics: the sample with its labels, and its value."""
Client: TypeAlias = (
    tritonclient.grpc.aio.InferenceServerClient | tritonclient.http.aio.InferenceServerClient
)

STREAMS, NIREQ, WAIT_MS = 1, 2, 200
SIZE: Final = 512
LISTED: Final = (
    "ovms_requests_success",
    "ovms_requests_fail",
    "ovms_request_time_us",
    "ovms_inference_time_us",
    "ovms_wait_for_infer_req_time_us",
    "ovms_current_requests",
    "ovms_streams",
    "ovms_infer_req_queue_size",
    "ovms_infer_req_active",
)
VERSION: Final = 'name="slow",version="1"'
CURRENT: Final = f"ovms_current_requests{{{VERSION}}}"
ACTIVE: Final = f"ovms_infer_req_active{{{VERSION}}}"
SHOWN_STREAMS: Final = f"ovms_streams{{{VERSION}}}"
QUEUE_SIZE: Final = f"ovms_infer_req_queue_size{{{VERSION}}}"
INTEGRAL: Final = f"modelserver_requests_in_progress_seconds_total{{{VERSION}}}"
GAUGES: Final = (CURRENT, ACTIVE, SHOWN_STREAMS, QUEUE_SIZE)
BOUNDS: Final = [str(int(10 * 1.8**power)) for power in range(33)]


KSERVE: Final = ("ModelInfer", "ModelMetadata", "ModelReady")
TENSORFLOW_SERVING: Final = ("Predict", "GetModelMetadata", "GetModelStatus")


def requests(outcome: str, interface: str, method: str) -> str:
    api = "KServe" if method in KSERVE else "TensorFlowServing"
    whose = 'name="slow"' if method in ("ModelReady", "GetModelStatus") else VERSION
    labels = f'api="{api}",interface="{interface}",method="{method}",{whose}'
    return f"ovms_requests_{outcome}{{{labels}}}"


REQUESTS: Final = [
    requests(outcome, interface, method)
    for outcome in ("success", "fail")
    for interface in ("gRPC", "REST")
    for method in (*KSERVE, *TENSORFLOW_SERVING)
]
HISTOGRAMS: Final = {
    "inference": ("ovms_inference_time_us", VERSION),
    "wait": ("ovms_wait_for_infer_req_time_us", VERSION),
    "gRPC": ("ovms_request_time_us", f'interface="gRPC",{VERSION}'),
    "REST": ("ovms_request_time_us", f'interface="REST",{VERSION}'),
}


def total(shown: Series, histogram: str) -> float:
    """All observed time, in seconds."""
    name, labels = HISTOGRAMS[histogram]
    return shown[f"{name}_sum{{{labels}}}"] / 1e6


def count(shown: Series, histogram: str) -> float:
    name, labels = HISTOGRAMS[histogram]
    return shown[f"{name}_count{{{labels}}}"]


def buckets(shown: Series, histogram: str) -> list[float]:
    name, labels = HISTOGRAMS[histogram]
    return [shown[f'{name}_bucket{{{labels},le="{le}"}}'] for le in (*BOUNDS, "+Inf")]


def slow_model() -> ov.Model:
    """Takes some 30 ms: squares ``x`` times the identity again and again; ``y`` is the trace."""
    x = ops.parameter([1, 1], ov.Type.f32, name="x")
    matrix = ops.multiply(x, np.eye(SIZE, dtype=np.float32))
    for _ in range(48):
        matrix = ops.matmul(matrix, matrix, False, False)
    y = ops.reduce_sum(matrix, [0, 1])
    for node, name in ((x, "x"), (y, "y")):
        node.output(0).set_names({name})
    return ov.Model([y], [x], "slow")


def plain_model() -> ov.Model:
    """``y`` is ``x`` times a number, FP32 [1,1]."""
    x = ops.parameter([1, 1], ov.Type.f32, name="x")
    y = ops.multiply(x, np.float32(SIZE))
    for node, name in ((x, "x"), (y, "y")):
        node.output(0).set_names({name})
    return ov.Model([y], [x], "plain")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config.json of ``slow`` and ``waiting``, with all metrics turned on.

    A request to ``waiting`` takes a known time and no work: it waits in vain for a batch of 16.
    """
    ov.save_model(slow_model(), tmp_path / "slow/1/model.xml", compress_to_fp16=False)
    ov.save_model(plain_model(), tmp_path / "waiting/1/model.xml", compress_to_fp16=False)
    slow = {
        "name": "slow",
        "base_path": "slow",
        "nireq": NIREQ,
        "plugin_config": {"NUM_STREAMS": STREAMS},
    }
    waiting = {
        "name": "waiting",
        "base_path": "waiting",
        "target_device": "BATCH:CPU(16)",
        "plugin_config": {"AUTO_BATCH_TIMEOUT": WAIT_MS},
    }
    document = {
        "model_config_list": [{"config": slow}, {"config": waiting}],
        "monitoring": {"metrics": {"enable": True, "metrics_list": LISTED}},
    }
    path = tmp_path / "config.json"
    path.write_text(json.dumps(document))
    return path


@pytest.fixture
def server(start_server: StartServer, config: Path) -> Server:
    return start_server("--config_path", str(config), metrics=False)


@pytest.fixture
async def grpc(server: Server) -> AsyncIterator[Client]:
    async with tritonclient.grpc.aio.InferenceServerClient(server.grpc) as client:
        yield client


@pytest.fixture
async def rest(server: Server) -> AsyncIterator[Client]:
    async with tritonclient.http.aio.InferenceServerClient(server.rest) as client:
        yield client


async def scrape(server: Server) -> Series:
    return await asyncio.to_thread(series, server)


def series(server: Server) -> Series:
    _, body = server.get("/metrics")
    lines = [line for line in body.decode().splitlines() if not line.startswith("#")]
    return {sample: float(value) for sample, _, value in (line.rpartition(" ") for line in lines)}


async def infer(client: Client, values: int = 1, model: str = "slow") -> None:
    """An inference that is refused unless it has one value."""
    over_grpc = isinstance(client, tritonclient.grpc.aio.InferenceServerClient)
    protocol = tritonclient.grpc if over_grpc else tritonclient.http
    x = protocol.InferInput("x", [1, values], "FP32")
    x.set_data_from_numpy(np.ones((1, values), np.float32))
    answer = await client.infer(model, [x])
    assert answer.as_numpy("y") == SIZE


async def timed_infer(client: Client, model: str = "slow") -> float:
    started = time.perf_counter()
    await infer(client, model=model)
    return time.perf_counter() - started


@asynccontextmanager
async def load(client: Client, concurrency: int, model: str = "slow") -> AsyncIterator[list[float]]:
    """As many clients, each asking again as soon as it has its answer; the seconds they took."""
    latencies: list[float] = []
    stop = asyncio.Event()

    async def keep_asking() -> None:
        while not stop.is_set():
            latencies.append(await timed_infer(client, model))

    async with asyncio.TaskGroup() as tasks:
        for _ in range(concurrency):
            tasks.create_task(keep_asking())
        await asyncio.sleep(0.3)
        yield latencies
        stop.set()


async def test_every_series_is_there_at_its_start(server: Server) -> None:
    shown = await scrape(server)

    loaded = {SHOWN_STREAMS: STREAMS, QUEUE_SIZE: NIREQ}
    expected = {**dict.fromkeys([*REQUESTS, *GAUGES, INTEGRAL], 0), **loaded}
    assert {sample: shown.get(sample) for sample in expected} == expected
    for histogram in HISTOGRAMS:
        assert buckets(shown, histogram) == [0] * 34
        assert total(shown, histogram) == count(shown, histogram) == 0


async def test_each_outcome_counts_under_its_own_labels(
    server: Server, grpc: Client, rest: Client
) -> None:
    async def refused(client: Client) -> None:
        with pytest.raises(InferenceServerException):
            await infer(client, values=2)

    driven: dict[tuple[str, str, str], Callable[[], object]] = {
        ("success", "gRPC", "ModelInfer"): lambda: infer(grpc),
        ("success", "REST", "ModelInfer"): lambda: infer(rest),
        ("success", "gRPC", "ModelMetadata"): lambda: grpc.get_model_metadata("slow"),
        ("success", "REST", "ModelMetadata"): lambda: rest.get_model_metadata("slow"),
        ("success", "gRPC", "ModelReady"): lambda: grpc.is_model_ready("slow"),
        ("success", "REST", "ModelReady"): lambda: rest.is_model_ready("slow"),
        ("fail", "gRPC", "ModelInfer"): lambda: refused(grpc),
        ("fail", "REST", "ModelInfer"): lambda: refused(rest),
    }
    for times, ask in enumerate(driven.values(), 1):
        for _ in range(times):
            await ask()  # type: ignore[misc]

    shown = await scrape(server)
    expected = {requests(*labels): times for times, labels in enumerate(driven, 1)}
    assert {sample: shown[sample] for sample in REQUESTS if shown[sample]} == expected


def test_tensorflow_serving_counts_under_labels_of_its_own(server: Server) -> None:
    good, bad = ({"x": np.ones((1, values), np.float32)} for values in (1, 2))
    clients = {"gRPC": make_grpc_client(server.grpc), "REST": make_http_client(server.rest)}

    expected: dict[str, int] = {}
    for times, (interface, client) in enumerate(clients.items(), 1):
        for _ in range(times):
            client.predict(good, "slow")
            client.get_model_metadata("slow")
            client.get_model_status("slow")
            with pytest.raises(InvalidInputError):
                client.predict(bad, "slow")
            with pytest.raises(ModelNotFoundError):
                client.get_model_status("slow", 7)
        answered = {requests("success", interface, method): times for method in TENSORFLOW_SERVING}
        expected |= {**answered, requests("fail", interface, "Predict"): times}

    shown = series(server)
    assert {sample: shown[sample] for sample in REQUESTS if shown[sample]} == expected
    for interface, times in (("gRPC", 1), ("REST", 2)):
        assert count(shown, interface) == times


async def test_what_is_not_json_counts_as_failed(server: Server) -> None:
    status, _ = await asyncio.to_thread(server.post, "/v2/models/slow/infer", "no request")

    assert status == 400
    assert (await scrape(server))[requests("fail", "REST", "ModelInfer")] == 1


@pytest.mark.parametrize("model", ["nobody", "slow/versions/7"])
async def test_unknown_names_and_versions_count_nowhere(server: Server, model: str) -> None:
    before = await scrape(server)

    for action in ("", "/ready"):
        assert server.get(f"/v2/models/{model}{action}")[0] == 404
    assert server.post(f"/v2/models/{model}/infer", {"inputs": []})[0] == 404

    assert await scrape(server) == before


async def test_answers_are_timed_and_refusals_are_not(
    server: Server, grpc: Client, rest: Client
) -> None:
    latencies = {
        "gRPC": [await timed_infer(grpc) for _ in range(5)],
        "REST": [await timed_infer(rest) for _ in range(7)],
    }
    with pytest.raises(InferenceServerException):
        await infer(rest, values=2)

    shown = await scrape(server)
    for interface, measured in latencies.items():
        assert count(shown, interface) == len(measured)
        assert 0 < total(shown, interface) < sum(measured)
    assert count(shown, "inference") == count(shown, "wait") == 12
    inside = total(shown, "wait") + total(shown, "inference")
    assert total(shown, "inference") < inside < total(shown, "gRPC") + total(shown, "REST")


async def test_buckets_hold_what_was_observed(server: Server, grpc: Client) -> None:
    fastest = min([await timed_infer(grpc) for _ in range(5)])

    shown = await scrape(server)
    for histogram in ("gRPC", "inference", "wait"):
        cumulative = buckets(shown, histogram)
        assert all(lower <= higher for lower, higher in pairwise(cumulative))
        assert cumulative[-1] == count(shown, histogram) == 5
    mean = total(shown, "gRPC") / 5 * 1e6
    first = next(le for le, held in zip(BOUNDS, buckets(shown, "gRPC"), strict=False) if held)
    assert int(first) <= 1.8 * fastest * 1e6
    assert int(first) / 1.8 <= mean + 1


async def test_gauges_tell_what_is_in_the_server_and_what_runs(
    server: Server, grpc: Client
) -> None:
    async with load(grpc, concurrency=6):
        seen = [await scrape(server) for _ in range(5)]
    after = await scrape(server)

    assert sorted(shown[CURRENT] for shown in seen)[2] == 6, "the queue counts, in the median"
    assert sorted(shown[ACTIVE] for shown in seen)[2] == NIREQ
    assert after[CURRENT] == after[ACTIVE] == 0
    assert total(after, "wait") > total(after, "inference"), "four of six wait, and two run"


@pytest.mark.parametrize("concurrency", [1, 4])
async def test_the_integral_grows_by_the_load(
    server: Server, rest: Client, concurrency: int
) -> None:
    async with load(rest, concurrency, "waiting") as latencies:
        first, started = await scrape(server), time.perf_counter()
        await asyncio.sleep(1.5)
        last, ended = await scrape(server), time.perf_counter()
    after = await scrape(server)

    integral = INTEGRAL.replace("slow", "waiting")
    mean = (last[integral] - first[integral]) / (ended - started)
    assert mean == pytest.approx(concurrency, rel=0.1)
    assert after[integral] == pytest.approx(sum(latencies), rel=0.1)


async def test_a_version_that_goes_keeps_its_counts_and_loses_its_streams(
    server: Server, config: Path, grpc: Client
) -> None:
    await infer(grpc)
    hidden = config.parent / "slow/.2"
    shutil.copytree(config.parent / "slow/1", hidden)
    hidden.rename(hidden.with_name("2"))
    async with asyncio.timeout(10):
        while (shown := await scrape(server))[SHOWN_STREAMS]:
            await asyncio.sleep(0.1)

    assert shown[QUEUE_SIZE] == shown[ACTIVE] == shown[CURRENT] == 0
    assert shown[SHOWN_STREAMS.replace('"1"', '"2"')] == STREAMS
    assert shown[requests("success", "gRPC", "ModelInfer")] == 1
    with pytest.raises(InferenceServerException, match="retired"):
        await grpc.is_model_ready("slow", "1")
    assert (await scrape(server))[requests("fail", "gRPC", "ModelReady")] == 1
