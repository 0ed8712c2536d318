"""Helm 3 and Helm 4 both take the chart, without a remark."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest


@pytest.fixture
def lint(each_helm: Path, chart: Path) -> str:
    done = subprocess.run(
        [each_helm, "lint", "--strict", chart], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_lint_has_nothing_to_say(lint: str) -> None:
    assert "[" not in lint  # as in [INFO] and [WARNING]


def test_both_make_the_same_of_it(each_helm: Path, helm: Path, chart: Path) -> None:
    arguments = ["template", "x", chart, "--kube-version", "1.35.0"]
    texts = [
        subprocess.run([program, *arguments], capture_output=True, text=True, check=True).stdout
        for program in (helm, each_helm)
    ]
    first, second = (sorted(line for line in text.splitlines() if line) for text in texts)
    assert first == second


def test_it_can_be_packaged(each_helm: Path, chart: Path, tmp_path: Path) -> None:
    subprocess.run(
        [each_helm, "package", chart, "--destination", tmp_path], capture_output=True, check=True
    )
    assert [file.name for file in tmp_path.iterdir()] == ["modelserver-operator-0.1.0.tgz"]
