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


@pytest.fixture
def usable(monkeypatch: pytest.MonkeyPatch) -> int:
    """How many cores there are to run on."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(4)))
    return 4


@pytest.mark.parametrize(("limit", "threads"), [("0.1", 1), ("1", 1), ("1.2", 2), ("3.5", 4)])
def test_the_environment_variable_is_rounded_up(
    limit: str, threads: int, usable: int, tmp_path: Path
) -> None:
    environment = {"MODELSERVER_CPU_LIMIT": limit}

    assert thread_limit(environment, tmp_path, tmp_path / "none") == threads


@pytest.mark.parametrize("limit", ["", "two", "0", "-1", "nan", "inf", "500m"])
def test_a_limit_that_is_no_number_of_cores_is_refused(limit: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"MODELSERVER_CPU_LIMIT: .* positive number of cores"):
        thread_limit({"MODELSERVER_CPU_LIMIT": limit}, tmp_path)


@pytest.mark.parametrize("environment", [{}, {"MODELSERVER_CPU_LIMIT": "4"}])
def test_a_process_that_may_use_all_cores_leaves_the_choice_to_openvino(
    environment: dict[str, str], usable: int, tmp_path: Path
) -> None:
    assert thread_limit(environment, tmp_path, tmp_path / "none") is None


def test_the_quota_of_the_process_is_read(usable: int, tmp_path: Path) -> None:
    write_quotas(tmp_path, pod="150000 100000")
    membership = tmp_path / "membership"
    membership.write_text("0::/pod\n")

    assert thread_limit({}, tmp_path, membership) == 2
