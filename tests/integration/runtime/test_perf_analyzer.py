"""perf_analyzer, Triton's own load generator, measures the server over both protocols.

It reads the model's configuration first, and the model's statistics before and after.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from conftest import Server

DEBIAN: Final = Path(__file__).parents[3] / "build/perf_analyzer"
PROGRAM: Final = "/opt/perf_analyzer/bin/perf_analyzer"
QUICK: Final = (
    "--measurement-mode count_windows --measurement-request-count 50 -s 999 --max-threads 2"
)

Measure = Callable[[str], subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def measure() -> Measure:
    """Runs perf_analyzer with these arguments."""
    if os.geteuid() != 0:
        pytest.skip("perf_analyzer runs in the root of a newer Debian, and chroot needs root")
    if not DEBIAN.exists():
        pytest.skip("perf_analyzer has no root to run in: `make perf-analyzer` makes it")

    def run(arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["chroot", DEBIAN, PROGRAM, *arguments.split(), *QUICK.split()],
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


@pytest.mark.parametrize(
    "arguments",
    [
        "-m tiny",
        "-m tiny -x 1 --percentile 95",
        "-m tiny --concurrency-range 1:3",
        "-m tiny --async --request-rate-range 200 --request-distribution poisson",
        "-m identity_fp32 --shape x:4,16",
        "-m identity_bytes --shape x:2,3 --string-length 9",
        "-m identity_int64 --shape x:1,8 --input-data zero",
    ],
)
@pytest.mark.parametrize("protocol", ["http", "grpc"])
def test_it_measures_what_the_server_says_it_did(
    measure: Measure, server: Server, protocol: str, arguments: str
) -> None:
    address = server.rest if protocol == "http" else server.grpc

    report = measure(f"-i {protocol} -u {address} {arguments}")

    assert report.returncode == 0, report.stdout + report.stderr
    seen_by_client = counts("Request count", report.stdout)
    seen_by_server = counts("Successful request count", report.stdout)
    assert len(seen_by_client) == len(seen_by_server) > 0
    for client, served in zip(seen_by_client, seen_by_server, strict=True):
        assert client == pytest.approx(served, rel=0.05, abs=5)
        assert client >= 50


@pytest.mark.parametrize(
    "arguments",
    [
        "-i http --input-tensor-format json --output-tensor-format json",
        "-i grpc --grpc-compression-algorithm gzip",
        "-i grpc --streaming --async --concurrency-range 4",
        "-i http --collect-metrics --metrics-url {rest}/metrics",
    ],
)
def test_its_other_ways_are_served_too(measure: Measure, server: Server, arguments: str) -> None:
    address = server.rest if "http" in arguments else server.grpc

    report = measure(f"-m tiny -u {address} {arguments.format(rest=server.rest)}")

    assert report.returncode == 0, report.stdout + report.stderr


def test_it_passes_on_why_a_model_cannot_be_measured(measure: Measure, server: Server) -> None:
    report = measure(f"-m nobody -u {server.rest}")

    assert report.returncode != 0
    assert "Model with requested name is not found" in report.stdout + report.stderr


def counts(label: str, report: str) -> list[int]:
    """A count that the report gives once for each load."""
    return [int(number) for number in re.findall(rf"^ +{label}: (\d+)$", report, re.MULTILINE)]
