"""Prometheus' own engine as the judge of queries and alerts, on hand-made series."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

DATA = Path(__file__).parent / "promtool"

Judge = Callable[[list[dict[str, Any]], dict[str, Any]], None]


@pytest.fixture
def judge(promtool: Path, tmp_path: Path) -> Judge:
    """Evaluate groups of rules on the series of one of promtool's tests, and hold what it expects.

    Samples and evaluations are 15 s apart.
    """

    def run(groups: list[dict[str, Any]], test: dict[str, Any]) -> None:
        (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": groups}))
        tests = {
            "rule_files": ["rules.yaml"],
            "evaluation_interval": "15s",
            "fuzzy_compare": True,  # floating point, nothing else
            "tests": [{"interval": "15s", **test}],
        }
        (tmp_path / "tests.yaml").write_text(yaml.safe_dump(tests))
        done = subprocess.run(
            [promtool, "test", "rules", tmp_path / "tests.yaml"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    return run
