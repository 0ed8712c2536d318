"""A heavy model at saturation, beside OpenVINO's own benchmark_app, in one run.

    python benchmarks/throughput.py [--seconds 5] [--rounds 5] [--json FILE]

ResNet-50 as INT8, one picture a request. What is asked is how much of what the device can do is
left once requests come over a network: benchmark_app infers the same picture over and over, with
no server and no client beside it. Every round measures all, so that what else the machine is doing
falls on all of them; a figure is the median of the rounds. The client here takes its processor time
from the server, which a client elsewhere would not: one column adds in proportion what it took.
Where the machine is busy, rates say little, and inferences per second of the server's processor
time say what serving costs.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from struct import pack
from typing import Any

import children
import load
import numpy as np
import servers
from h2load import Post
from resnet50 import SIDE, save_resnet50

MODEL = "resnet50"
PICTURE = np.random.default_rng(0).integers(0, 256, (1, SIDE, SIDE, 3), np.uint8)
ANSWER = 4000  # bytes: the model tells 1,000 classes apart
CONCURRENCY = 8
CORES = os.cpu_count() or 1
THROUGHPUT = '--plugin_config={"PERFORMANCE_HINT": "THROUGHPUT"}'


class BenchmarkApp:
    """OpenVINO's own tool, asynchronous and tuned for throughput; it keeps its other defaults."""

    def __init__(self, model: Path) -> None:
        program = Path(sys.executable).with_name("benchmark_app")
        self._command = [*map(str, (program, "-m", model)), "-d", "CPU", "-hint", "throughput"]
        _, _, self._start_up = self._run("-niter", "1")

    def measure(self, seconds: float) -> dict[str, Any]:
        count, rate, cpu = self._run("-t", f"{seconds:.0f}")
        return {
            "way": "benchmark_app",
            "rate": rate,
            "own_rate": rate,
            "cpu_ms": (cpu - self._start_up) / count * 1e3,
        }

    def _run(self, *options: str) -> tuple[int, float, float]:
        """How many inferences it made, how many a second, and its processor time in seconds."""
        told, cpu = children.run([*self._command, *options])
        found = re.search(r"Count: +(\d+) iterations.*Throughput: +([\d.]+) FPS", told, re.S)
        if not found:
            raise RuntimeError(told)
        return int(found[1]), float(found[2]), cpu


def rest_body() -> tuple[bytes, int]:
    """A request with its tensor as raw bytes behind the JSON, and the length of the JSON."""
    raw = {"binary_data_size": PICTURE.nbytes}
    picture = {"name": "image", "shape": PICTURE.shape, "datatype": "UINT8", "parameters": raw}
    document = {"inputs": [picture], "parameters": {"binary_data_output": True}}
    head = json.dumps(document).encode()
    return head + PICTURE.tobytes(), len(head)


def requests_to(server: servers.Server, folder: Path) -> dict[str, Post]:
    """What is asked of a server, by protocol; the bodies are files in a folder."""
    body, json_length = rest_body()
    message = load.grpc_request(MODEL, {"image": PICTURE})
    rest, grpc = folder / "rest", folder / "grpc"
    rest.write_bytes(body)
    grpc.write_bytes(pack(">?L", False, len(message)) + message)
    lengths = {"Inference-Header-Content-Length": str(json_length)}
    of_grpc = {"Content-Type": "application/grpc", "TE": "trailers"}
    address = "http://127.0.0.1"
    return {
        "REST binary": Post(
            f"{address}:{server.rest}/v2/models/{MODEL}/infer", rest, lengths, ANSWER, ("--h1",)
        ),
        "gRPC": Post(
            f"{address}:{server.grpc}/inference.GRPCInferenceService/ModelInfer",
            grpc,
            of_grpc,
            ANSWER,
        ),
    }


def measure(
    server: servers.Server, requests: Mapping[str, Post], seconds: float
) -> Iterator[dict[str, Any]]:
    for protocol, post in requests.items():
        post.repeat(CONCURRENCY, 0.5)
        before = server.cpu_seconds()
        done = post.repeat(CONCURRENCY, seconds)
        cpu = server.cpu_seconds() - before
        yield {
            "way": protocol,
            "rate": done.rate,
            "own_rate": done.rate / (1 - done.cpu_seconds / (done.seconds * CORES)),
            "cpu_ms": cpu / done.requests * 1e3,
            "client_cpu_ms": done.cpu_seconds / done.requests * 1e3,
        }


def rounds(model: Path, count: int, seconds: float) -> Iterator[dict[str, Any]]:
    """Measurements in turn; shares are of what benchmark_app did in the same round."""
    tool = BenchmarkApp(model / "1/model.xml")
    ours = servers.ours(model, THROUGHPUT, cores=CORES)
    with ours as server, tempfile.TemporaryDirectory() as folder:
        requests = requests_to(server, Path(folder))
        for number in range(count):
            print(f"round {number + 1}", file=sys.stderr)
            alone = tool.measure(seconds)
            for row in (alone, *measure(server, requests, seconds)):
                yield row | {
                    "share": row["rate"] / alone["rate"],
                    "own_share": row["own_rate"] / alone["rate"],
                    "cpu_share": alone["cpu_ms"] / row["cpu_ms"],
                }


def table(rows: list[dict[str, Any]]) -> str:
    lines = [
        "| | inferences/s | of benchmark_app | without the client | per CPU second "
        "| of benchmark_app | client's CPU |",
        "|---|---|---|---|---|---|---|",
    ]
    for way in dict.fromkeys(row["way"] for row in rows):
        own = [row for row in rows if row["way"] == way]
        rate, share, own_share, cpu_ms, cpu_share, client_ms = (
            median(row.get(figure, 0) for row in own)
            for figure in ("rate", "share", "own_share", "cpu_ms", "cpu_share", "client_cpu_ms")
        )
        lines.append(
            f"| {way} | {rate:.0f} | {share:.2f} | {own_share:.2f} | {1000 / cpu_ms:.0f} "
            f"| {cpu_share:.2f} | {client_ms:.2f} ms |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5, help="per measurement (default 5)")
    parser.add_argument("--rounds", type=int, default=5, help="default 5")
    parser.add_argument("--json", type=Path, help="also write every measurement to this file")
    parser.add_argument("--repository", type=Path, help="keep the model here between runs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        model = (options.repository or Path(folder)) / MODEL
        if not model.exists():
            save_resnet50(model / "1/model.xml")
        rows = list(rounds(model, options.rounds, options.seconds))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2))
    print(table(rows))


if __name__ == "__main__":
    main()
