"""What is locked is what pyproject.toml asks for, and the images hold nothing else."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
EXTRAS: dict[str, list[str]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
    "optional-dependencies"
]
WHOLE = "requirements.lock"
PARTS = ("deploy/operator", "deploy/runtime")


@cache
def locked(lock: str) -> dict[str, set[str]]:
    """The versions by name; there can be several, for different machines."""
    pins = re.findall(r"^([\w.-]+)(?:\[.*\])?==([^\s;]+)", (ROOT / lock).read_text(), re.MULTILINE)
    found: dict[str, set[str]] = {}
    for name, version in pins:
        found.setdefault(canonicalize_name(name), set()).add(version)
    return found


@pytest.mark.parametrize(
    ("lock", "extra"),
    [*((WHOLE, extra) for extra in EXTRAS)]
    + [(f"{part}/{WHOLE}", Path(part).name) for part in PARTS],
)
def test_each_requirement_is_locked_at_a_version_that_fits(lock: str, extra: str) -> None:
    for requirement in map(Requirement, EXTRAS[extra]):
        versions = locked(lock).get(canonicalize_name(requirement.name), set())
        assert versions, f"{requirement.name} is missing: run make lock"
        assert all(version in requirement.specifier for version in versions), requirement


@pytest.mark.parametrize("part", PARTS)
def test_an_image_has_what_is_tested(part: str) -> None:
    assert locked(f"{part}/{WHOLE}").items() <= locked(WHOLE).items()
