"""`render --validate` with the definitions that the Prometheus Operator and KEDA publish."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from modelserver_operator.cli import main

EXAMPLES = Path(__file__).parents[2] / "examples"
KEDA = EXAMPLES / "keda" / "modelserver.yaml"


@pytest.fixture
def definitions(prometheus_operator_crds: list[Path], keda_crds: list[Path]) -> list[str]:
    """The two that say what is rendered."""
    wanted = ("_servicemonitors", "_scaledobjects")
    files = [*prometheus_operator_crds, *keda_crds]
    return [str(file) for file in files if file.stem.endswith(wanted)]


def test_what_is_rendered_is_what_they_define(
    definitions: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["render", "--validate", str(KEDA), *definitions]) == 0
    captured = capsys.readouterr()
    kinds = {manifest["kind"] for manifest in yaml.safe_load_all(captured.out)}
    assert {"ServiceMonitor", "ScaledObject"} <= kinds
    assert "not checked" not in captured.err


def test_all_examples_are_right(definitions: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    files = sorted(map(str, EXAMPLES.rglob("*.yaml")))
    assert main(["render", "--validate", *files, *definitions]) == 0
    assert "not checked" not in capsys.readouterr().err


def test_another_manifest_is_held_against_them_as_well(
    definitions: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    own = tmp_path / "monitor.yaml"
    own.write_text(
        "apiVersion: monitoring.coreos.com/v1\n"
        "kind: ServiceMonitor\n"
        "metadata: {name: own}\n"
        "spec: {endpoints: [{port: rest, intervall: 5s}], selector: {}}\n"
    )
    assert main(["render", "--validate", str(KEDA), str(own), *definitions]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{own}:4: spec.endpoints[0]: must be made of ")
    assert line.endswith("not intervall")
