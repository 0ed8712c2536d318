"""A server whose models lie in a cloud: it follows the bucket and outlasts its failures."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

if TYPE_CHECKING:
    from conftest import Cloud, Repository, Server, StartServer


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def states(server: Server) -> dict[str, str]:
    [entries] = json.loads(server.get("/v1/config")[1]).values()
    return {entry["version"]: entry["state"] for entry in entries["model_version_status"]}


def message(server: Server, version: int) -> str:
    [entries] = json.loads(server.get("/v1/config")[1]).values()
    return str(entries["model_version_status"][version - 1]["status"]["error_message"])


def downloaded(folder: Path) -> list[str]:
    return sorted(path.parent.name[0] for path in folder.rglob("*.bin"))


@pytest.fixture
def server(
    cloud: Cloud,
    start_server: StartServer,
    repository: Repository,
    tiny_model: ov.Model,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Server:
    """Serves what the bucket holds: version 1 of one model."""
    repository.add("m", 1, tiny_model)
    cloud.put_folder(repository.base_path("m"), "m")
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    return start_server("--model_name", "m", "--model_path", f"{cloud.url}/m")


def test_polls_find_new_versions_and_the_old_one_s_files_are_removed(
    cloud: Cloud, server: Server, repository: Repository, tiny_model: ov.Model, tmp_path: Path
) -> None:
    assert states(server) == {"1": "AVAILABLE"}
    assert downloaded(tmp_path / "tmp") == ["1"]

    repository.add("m", 2, tiny_model)
    cloud.put_folder(repository.base_path("m"), "m")

    until(lambda: states(server) == {"1": "END", "2": "AVAILABLE"})
    until(lambda: downloaded(tmp_path / "tmp") == ["2"])


def test_a_storage_gone_in_the_middle_of_a_download_leaves_what_serves_untouched_and_is_told(
    cloud: Cloud, server: Server, repository: Repository
) -> None:
    repository.add("m", 2, large_model())
    cloud.put_folder(repository.base_path("m"), "m")
    cloud.relay.cut_after = 1_000_000

    until(lambda: "2" in states(server) and message(server, 2).startswith(f"{cloud.url}/m: "))
    assert states(server) == {"1": "AVAILABLE", "2": "LOADING"}
    assert server.get("/v2/models/m/ready")[0] == 200

    cloud.relay.cut_after = None
    until(lambda: states(server) == {"1": "END", "2": "AVAILABLE"})


def large_model() -> ov.Model:
    """Adds 10 MB of weights to its input."""
    x = ops.parameter([1, 2_500_000], ov.Type.f32, name="x")
    weights = np.random.default_rng(0).random((1, 2_500_000), np.float32)
    return ov.Model([ops.add(x, ops.constant(weights))], [x], "large")
