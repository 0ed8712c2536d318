"""A whole run against a server whose latency is known, and the list of what it serves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any

import orjson
import pytest

from modelserver_runtime.tools.bench import listing
from modelserver_runtime.tools.bench.measure import measure
from modelserver_runtime.tools.bench.options import ApiName, DataOptions, LoadOptions, Options
from modelserver_runtime.tools.bench.statistics import figures

StartStub = Callable[[Callable[[bytes], Awaitable[bytes]]], AbstractAsyncContextManager[Any]]

DELAY = 0.02  # seconds that the server takes to infer


async def tfs_server(head: bytes) -> bytes:
    """TensorFlow Serving of one model ``tiny``, whose input ``x`` is FP32 [-1,3]."""
    if b":predict" in head:
        await asyncio.sleep(DELAY)
        return answer({"outputs": []})
    if b"/metadata" in head:
        tensor = {"dtype": "DT_FLOAT", "tensor_shape": {"dim": [{"size": "-1"}, {"size": "3"}]}}
        signature = {"signature_def": {"serving_default": {"inputs": {"x": tensor}}}}
        return answer({"metadata": {"signature_def": signature}})
    version = {"version": "1", "state": "AVAILABLE"}
    return answer({"tiny": {"model_version_status": [version]}})


def answer(body: object) -> bytes:
    content = orjson.dumps(body)
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content


@pytest.fixture
def tfs_options(options: Options) -> Options:
    """Three requests of four frames on each of two connections."""
    return replace(
        options,
        api=ApiName.TFS_REST,
        data=DataOptions(batch_sizes=(4,)),
        load=LoadOptions(concurrency=2, steps=3),
    )


async def test_figures_follow_from_a_servers_known_latency(
    stub_server: StartStub, tfs_options: Options
) -> None:
    async with stub_server(tfs_server) as stub:
        run = await measure(at(stub.port, tfs_options))
    found = figures(run, 0.0, None)
    assert (found["pass_batches"], found["pass_frames"]) == (6, 24)
    assert DELAY <= found["mean_latency"] < 10 * DELAY
    assert found["total_duration"] >= 3 * DELAY
    assert found["brutto_frame_rate"] == pytest.approx(24 / found["total_duration"])
    assert found["brutto_frame_rate"] <= found["netto_frame_rate"] <= 2 * 4 / DELAY


async def test_the_list_names_versions_and_the_models_inputs(
    stub_server: StartStub, tfs_options: Options
) -> None:
    async with stub_server(tfs_server) as stub:
        lines = [line async for line in listing.lines(at(stub.port, tfs_options))]
    assert lines == ["model: tiny, version: 1 - AVAILABLE", "input: x, FP32 [-1, 3]"]


def at(port: int, options: Options) -> Options:
    return replace(options, target=replace(options.target, rest_port=port))
