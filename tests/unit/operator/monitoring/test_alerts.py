"""The alerts: when each fires, when it doesn't, and what whoever is woken by it can read."""

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelserver_operator.monitoring.alerts import ALERTS, groups
from modelserver_operator.monitoring.prometheus_rule import prometheus_rule

DATA = Path(__file__).parent / "promtool/alerts"
RUNBOOKS = Path(__file__).parents[4] / "docs/runbooks"
NAMES = [alert.name for alert in ALERTS]


def cases() -> Iterator[Any]:
    for file in sorted(DATA.glob("*.yaml")):
        for case in yaml.safe_load(file.read_text()):
            yield pytest.param(case, id=f"{file.stem}: {case['name']}")


@pytest.mark.parametrize("case", cases())
def test_an_alert_fires_when_it_should(judge: Callable[..., None], case: dict[str, Any]) -> None:
    judge(groups("https://docs.example"), case)


@pytest.mark.parametrize("name", NAMES)
def test_every_alert_is_seen_firing_and_silent(name: str) -> None:
    tests = yaml.safe_load((DATA / f"{name}.yaml").read_text())
    expected = [check["exp_alerts"] for test in tests for check in test["alert_rule_test"]]
    assert any(expected)
    assert not all(expected)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "ModelServerOperatorAbsent"])
def test_every_alert_on_a_server_is_tried_with_a_version_unloaded(name: str) -> None:
    tests = yaml.safe_load((DATA / f"{name}.yaml").read_text())
    assert any("unloaded" in test["name"] for test in tests)


def test_prometheus_accepts_the_rules(promtool: Path, tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump(prometheus_rule("docs/runbooks")["spec"]))
    done = subprocess.run(
        [promtool, "check", "rules", "--lint-fatal", file], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_has_a_runbook_and_no_runbook_is_left_over() -> None:
    assert {page.stem for page in RUNBOOKS.glob("*.md")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_runbook_says_what_it_means_how_to_look_and_what_to_do(name: str) -> None:
    page = (RUNBOOKS / f"{name}.md").read_text()
    headings = re.findall(r"^#+ .*", page, re.MULTILINE)
    assert headings == [f"# {name}", "## What it means", "## How to look", "## What to do"]
