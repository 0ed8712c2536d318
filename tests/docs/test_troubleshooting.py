"""Whatever a condition says has its place in the guide to troubleshooting."""

from __future__ import annotations

import re
from pathlib import Path

from modelserver_operator.status.reasons import ConditionType, Reason

GUIDE = (Path(__file__).parents[2] / "docs/guides/troubleshooting.md").read_text()


def test_every_reason_has_a_section_and_every_section_a_reason() -> None:
    sections = re.findall(r"^### (\w+)$", GUIDE, re.MULTILINE)

    assert sorted(sections) == sorted(Reason)


def test_every_condition_stands_in_the_table() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", GUIDE, re.MULTILINE)

    assert rows == list(ConditionType)
