"""`render --validate`: what a cluster would refuse is refused before one sees it."""

from pathlib import Path

import pytest
import yaml

from modelserver_operator.cli import main

SERVER = """\
apiVersion: intel.com/v1alpha1
kind: ModelServer
metadata: {name: demo}
spec:
  models_settings: {model_name: m, model_path: /models/m}
"""
MONITORED = f"{SERVER}  monitoring: {{service_monitor: {{enabled: true}}}}\n"
HPA = """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: demo}
spec:
  scaleTargetRef: {apiVersion: intel.com/v1alpha1, kind: ModelServer, name: demo}
  maxReplicas: 3
"""


def definition(spec: object) -> str:
    """A CustomResourceDefinition of ServiceMonitors whose spec has this schema."""
    names = {"kind": "ServiceMonitor", "plural": "servicemonitors", "singular": "servicemonitor"}
    schema = {"type": "object", "properties": {"spec": spec}}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    return yaml.safe_dump(
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": "servicemonitors.monitoring.coreos.com"},
            "spec": {
                "group": "monitoring.coreos.com",
                "names": names,
                "scope": "Namespaced",
                "versions": [version],
            },
        }
    )


ANYTHING = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "all.yaml"


def validate(file: Path, *documents: str) -> int:
    file.write_text("---\n".join(documents))
    return main(["render", "--validate", str(file)])


def test_what_is_right_is_printed(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert validate(file, SERVER, HPA) == 0
    captured = capsys.readouterr()
    assert "kind: Deployment" in captured.out
    assert captured.err.splitlines() == [
        f"{file}:7: HorizontalPodAutoscaler demo: not a ModelServer, checked alone"
    ]


@pytest.mark.parametrize(
    ("document", "line"),
    [
        (HPA.replace("maxReplicas: 3", "maxReplicas: many"), "12: spec.maxReplicas: must be of"),
        (HPA + "  max: 3\n", "10: spec: must be made of behavior,"),
        (HPA.replace("  maxReplicas: 3\n", ""), "10: spec.maxReplicas: must be given"),
        ("kind: Secret\n", "7: apiVersion: must be a text, but is missing"),
        ("apiVersion: 1\nkind: Secret\n", "7: apiVersion: must be a text, not 1"),
        (
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: 1}\n",
            "10: data.a: must",
        ),
    ],
)
def test_a_mistake_in_an_object_of_another_kind_is_one_line_with_its_place(
    file: Path, capsys: pytest.CaptureFixture[str], document: str, line: str
) -> None:
    assert validate(file, SERVER, document) == 2
    captured = capsys.readouterr()
    (said,) = captured.err.splitlines()
    assert said.startswith(f"{file}:{line}")
    assert not captured.out


def test_a_kind_without_a_schema_is_named(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert validate(file, MONITORED) == 0
    assert capsys.readouterr().err.splitlines() == [
        "ServiceMonitor monitoring.coreos.com/v1: not checked, its CustomResourceDefinition is not"
        " among the files"
    ]


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        (ANYTHING, None),
        (
            {"type": "object", "properties": {"port": {}}},
            "spec: must be made of port, not selector, endpoints",
        ),
        ({"type": "string"}, "spec: must be of type string, not a mapping of size 2"),
        ({**ANYTHING, "required": ["port"]}, "spec.port: must be given, but is missing"),
        (
            {**ANYTHING, "properties": {"endpoints": {"type": "array", "items": ANYTHING}}},
            None,
        ),
        (
            {**ANYTHING, "properties": {"selector": {"x-kubernetes-int-or-string": True}}},
            "spec.selector: must be of type integer or string, not a mapping of size 1",
        ),
    ],
)
def test_a_definition_among_the_files_is_what_rendered_objects_are_held_against(
    file: Path, capsys: pytest.CaptureFixture[str], spec: object, complaint: str | None
) -> None:
    code = validate(file, MONITORED, definition(spec))
    lines = capsys.readouterr().err.splitlines()
    if complaint is None:
        assert (code, len(lines)) == (0, 1)
    else:
        assert (code, lines) == (2, [f"{file}:1: ServiceMonitor demo-ovms: {complaint}"])


def test_a_definition_that_is_none_is_refused(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = definition(ANYTHING).replace("scope: Namespaced", "scopes: Namespaced")
    assert validate(file, SERVER, broken) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "spec" in line
