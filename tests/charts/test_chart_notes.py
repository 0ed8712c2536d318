"""What Helm tells whoever has installed the chart."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest


def notes(helm4: Path, chart: Path, *values: str) -> str:
    """The text behind an installation that isn't made; Helm 3 would ask a cluster for it."""
    given = [f"--set={value}" for value in values]
    done = subprocess.run(
        [helm4, "install", "modelserver-operator", chart, "--dry-run=client", *given],
        env={"KUBECONFIG": "/nowhere"},
        capture_output=True,
        text=True,
        check=True,
    )
    _, _, text = done.stdout.partition("NOTES:\n")
    return text


SAID = [
    ((), "looks after ModelServers in all namespaces"),
    (("settings.namespaces={vision,speech}",), "looks after ModelServers in vision, speech"),
    (("crds.keep=false",), "EVERY ModelServer"),
    (("crds.enabled=false",), "yours to install and to upgrade"),
    (("adapterRule.enabled=true", "adapterRule.name=rules"), "rules is mounted"),
]


@pytest.mark.parametrize(("values", "text"), SAID, ids=lambda part: str(part)[:40])
def test_the_notes_say_what_the_values_mean(
    helm4: Path, chart: Path, values: tuple[str, ...], text: str
) -> None:
    assert text in " ".join(notes(helm4, chart, *values).split())


def test_the_notes_warn_of_nothing_where_nothing_is_lost(helm4: Path, chart: Path) -> None:
    assert "EVERY" not in notes(helm4, chart)
