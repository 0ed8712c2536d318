"""The number of threads follows the CPU limit."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from modelserver_runtime.engine.threads import (
    cores_by_cgroup,
    cores_v1,
    cores_v2,
    thread_limit,
)
from modelserver_runtime.settings import SettingsError


@pytest.mark.parametrize(
    ("text", "cores"), [("max 100000\n", None), ("150000 100000\n", 1.5), ("20000 50000", 0.4)]
)
def test_a_version_2_quota(text: str, cores: float | None) -> None:
    assert cores_v2(text) == cores


@pytest.mark.parametrize(
    ("quota", "period", "cores"), [("-1\n", "100000\n", None), ("250000", "100000", 2.5)]
)
def test_a_version_1_quota(quota: str, period: str, cores: float | None) -> None:
    assert cores_v1(quota, period) == cores


def write_quotas(mount: Path, **quotas: str) -> Path:
    """Quotas of version 2 by group; ``pod__box`` is the group /pod/box, ``root`` the root."""
    for name, quota in quotas.items():
        group = mount if name == "root" else mount.joinpath(*name.split("__"))
        group.mkdir(parents=True, exist_ok=True)
        (group / "cpu.max").write_text(quota)
    return mount


def test_inside_a_container_the_root_has_the_quota(tmp_path: Path) -> None:
    root = write_quotas(tmp_path, root="200000 100000")

    assert cores_by_cgroup(root, "0::/\n") == 2
    assert cores_by_cgroup(root, "0::/kubepods/pod1/container1\n") == 2


def test_the_tightest_quota_on_the_way_up_counts(tmp_path: Path) -> None:
    root = write_quotas(tmp_path, pod__box="max 100000", pod="50000 100000", root="400000 100000")

    assert cores_by_cgroup(root, "0::/pod/box\n") == 0.5


def test_version_1_keeps_the_quota_under_its_controller(tmp_path: Path) -> None:
    group = tmp_path / "cpu" / "docker" / "box"
    group.mkdir(parents=True)
    (group / "cpu.cfs_quota_us").write_text("300000\n")
    (group / "cpu.cfs_period_us").write_text("100000\n")

    assert cores_by_cgroup(tmp_path, "5:memory:/docker/box\n4:cpu,cpuacct:/docker/box\n") == 3


def test_without_any_quota_there_is_none(tmp_path: Path) -> None:
    assert cores_by_cgroup(tmp_path, "0::/\n") is None


@pytest.mark.parametrize(("limit", "threads"), [("0.1", 1), ("1", 1), ("1.2", 2)])
def test_the_environment_variable_is_rounded_up(
    limit: str, threads: int | None, tmp_path: Path
) -> None:
    environment = {"MODELSERVER_CPU_LIMIT": limit}
    usable = len(os.sched_getaffinity(0))

    assert thread_limit(environment, tmp_path, tmp_path / "none") == min(threads, usable)


@pytest.mark.parametrize("limit", ["", "two", "0", "-1", "nan", "inf", "500m"])
def test_a_limit_that_is_no_number_of_cores_is_refused(limit: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"MODELSERVER_CPU_LIMIT: .* positive number of cores"):
        thread_limit({"MODELSERVER_CPU_LIMIT": limit}, tmp_path)


def test_fewer_usable_cores_are_a_limit_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2})
    monkeypatch.setattr(os, "cpu_count", lambda: 64)

    assert thread_limit({}, tmp_path, tmp_path / "none") == 3


def test_an_unlimited_process_leaves_the_choice_to_openvino(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    monkeypatch.setattr(os, "cpu_count", lambda: 8)

    assert thread_limit({}, tmp_path, tmp_path / "none") is None
