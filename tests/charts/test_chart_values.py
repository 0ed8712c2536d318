"""Every value does something, is described, and is refused where it can't be meant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chart_files.values import Value, read

CHART = Path(__file__).parents[2] / "charts/modelserver-operator"
VALUES = read((CHART / "values.yaml").read_text())
LEAVES = [leaf for value in VALUES for leaf in value.leaves()]

Manifest = dict[str, Any]
Render = Callable[..., list[Manifest]]

# Where another value than the default can't be guessed.
OTHERS = {
    "adapterRule.basis": "gauge-average",
    "image.digest": f"sha256:{'0' * 64}",
    "image.pullPolicy": "Always",
    "imagePullSecrets": [{"name": "registry"}],
    "networkPolicy.from": [{"podSelector": {}}],
    "settings.adapterWindow": "5m",
    "settings.logFormat": "text",
    "settings.logLevel": "debug",
    "tolerations": [{"operator": "Exists"}],
    "topologySpreadConstraints": [],
}


def name_of(leaf: Value) -> str:
    return ".".join(leaf.path)


def another(leaf: Value) -> object:
    """A value that isn't the default."""
    match leaf.default:
        case bool():
            return not leaf.default
        case int():
            return 1
        case str():
            return "other"
        case dict():
            return {"other": "other"}
        case _:
            return ["other"]


@pytest.mark.parametrize("leaf", LEAVES, ids=name_of)
def test_every_value_changes_the_release(leaf: Value, render: Render) -> None:
    block, *below = leaf.path
    changed = OTHERS.get(name_of(leaf), another(leaf))
    switched_on = {"enabled": True} if f"{block}.enabled" in map(name_of, LEAVES) else {}
    match below:
        case []:
            assert render({block: changed}) != render()
        case ["enabled"]:
            assert render({block: {"enabled": True}}) != render({block: {"enabled": False}})
        case [key]:
            before = {"replicas": 1, block: switched_on}
            assert render({**before, block: {**switched_on, key: changed}}) != render(before)


MISTAKES = [
    ({"replica": 2}, "replica"),
    ({"settings": {"runtimeimage": "x"}}, "runtimeimage"),
    ({"replicas": "two"}, "replicas"),
    ({"image": {"digest": "sha256:12"}}, "digest"),
    ({"settings": {"adapterWindow": "1 minute"}}, "adapterWindow"),
    ({"settings": {"runtimeUser": "nobody"}}, "runtimeUser"),
    ({"settings": {"logFormat": "xml"}}, "logFormat"),
    ({"adapterRule": {"basis": "gauge"}}, "basis"),
    ({"settings": {"leaderElection": False}}, "replicas: must be at most 1"),
    (
        {"settings": {"adapterWindow": "none"}, "adapterRule": {"enabled": True}},
        "adapterRule.enabled: needs a duration",
    ),
]


@pytest.mark.parametrize(("values", "named"), MISTAKES, ids=str)
def test_a_mistake_is_refused_by_its_name(
    values: Manifest, named: str, refusal: Callable[[Manifest], str]
) -> None:
    assert named in refusal(values)


def test_what_a_parent_chart_shares_is_let_through(render: Render) -> None:
    assert render({"global": {"imageRegistry": "registry.example"}}) == render()
