"""What a request costs the server, beside a peer, in one run.

    python benchmarks/run.py [--seconds 5] [--rounds 3] [--json FILE]

The model adds two vectors of ten numbers: what is measured is the server, not the model. Every
round measures every server, so that what else the machine is doing falls on all of them; a figure
is the median of the rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import load
import numpy as np
import servers

CONCURRENCY = 32
PEERS = Path(__file__).parent / "peers/.venv/bin/python"
VECTOR = np.arange(10, dtype=np.float32).reshape(1, 10)


def save_tiny_model(repository: Path) -> None:
    """A model of two inputs and one addition, version 1 of ``tiny``."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino as ov
    from openvino import opset13 as ops

    left, right = (ops.parameter([1, 10], ov.Type.f32, name=name) for name in "ab")
    ov.save_model(
        ov.Model([ops.add(left, right)], [left, right], "tiny"), repository / "tiny/1/model.xml"
    )


def clients_of(server: servers.Server) -> dict[str, Callable[[], Any]]:
    """How to make a client, by protocol."""
    inputs = [
        {"name": name, "shape": [1, 10], "datatype": "FP32", "data": VECTOR.ravel().tolist()}
        for name in "ab"
    ]
    body = json.dumps({"inputs": inputs}).encode()
    message = load.grpc_request("tiny", {"a": VECTOR, "b": VECTOR})
    return {
        "REST JSON": partial(load.RestClient, server.rest, "/v2/models/tiny/infer", body),
        "gRPC": partial(load.GrpcClient, server.grpc, message),
    }


def measure(server: servers.Server, seconds: float) -> Iterator[dict[str, Any]]:
    for protocol, make_client in clients_of(server).items():
        asyncio.run(load.measure(make_client, CONCURRENCY, 1.0))
        before = server.cpu_seconds()
        done = asyncio.run(load.measure(make_client, CONCURRENCY, seconds))
        cpu = server.cpu_seconds() - before
        yield {
            "server": server.name,
            "protocol": protocol,
            "cpu_us": cpu / done.requests * 1e6,
            "rate": done.rate,
            "p50_ms": done.quantile(0.5) * 1e3,
            "p99_ms": done.quantile(0.99) * 1e3,
            "ready_s": server.seconds_to_ready,
        }


def contestants(repository: Path) -> list[Callable[[], AbstractContextManager[servers.Server]]]:
    found = [partial(servers.ours, repository / "tiny")]
    if PEERS.exists():
        found.append(partial(servers.mlserver, repository, PEERS))
    else:
        print("No peers here; `make bench` installs them.", file=sys.stderr)
    return found


def medians(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    keys = dict.fromkeys((row["server"], row["protocol"]) for row in rows)
    return [
        {
            "server": server,
            "protocol": protocol,
            **{
                figure: median(
                    row[figure]
                    for row in rows
                    if (row["server"], row["protocol"]) == (server, protocol)
                )
                for figure in ("cpu_us", "rate", "p50_ms", "p99_ms", "ready_s")
            },
        }
        for server, protocol in keys
    ]


def table(rows: list[dict[str, Any]]) -> str:
    lines = [
        "| server | protocol | server CPU per request | of ours | requests/s | p50 | p99 | ready |",
        "|---|---|---|---|---|---|---|---|",
    ]
    ours = {row["protocol"]: row["cpu_us"] for row in rows if row["server"] == rows[0]["server"]}
    lines += [
        f"| {row['server']} | {row['protocol']} | {row['cpu_us']:.0f} µs "
        f"| {row['cpu_us'] / ours[row['protocol']]:.1f} × | {row['rate']:.0f} "
        f"| {row['p50_ms']:.1f} ms | {row['p99_ms']:.1f} ms | {row['ready_s']:.2f} s |"
        for row in rows
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5, help="per measurement (default 5)")
    parser.add_argument("--rounds", type=int, default=3, help="default 3")
    parser.add_argument("--json", type=Path, help="also write every measurement to this file")
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        repository = Path(folder) / "models"
        save_tiny_model(repository)
        for round_number in range(options.rounds):
            for start in contestants(repository):
                with start() as server:
                    print(f"round {round_number + 1}: {server.name}", file=sys.stderr)
                    rows += measure(server, options.seconds)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2))
    print(table(medians(rows)))


if __name__ == "__main__":
    main()
