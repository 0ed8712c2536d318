"""The command line: what goes in, what comes out, and what a mistake looks like."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from modelserver_operator.cli import main

SERVER = """\
apiVersion: intel.com/v1alpha1
kind: ModelServer
metadata:
  name: demo
spec:
  models_settings:
    model_name: resnet
    model_path: /models/resnet
"""
CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: models
data:
  config.json: '{}'
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "server.yaml"


def refusal(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    """Run a command that has to fail cleanly: exit code 2, no output, the lines it prints."""
    assert main(argv) == 2
    captured = capsys.readouterr()
    assert not captured.out
    return captured.err


def test_render_prints_the_objects_as_yaml(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(SERVER)
    assert main(["render", str(file)]) == 0
    captured = capsys.readouterr()
    kinds = [document["kind"] for document in yaml.safe_load_all(captured.out)]
    assert kinds == ["Service", "Deployment"]
    assert not captured.err


def test_render_reads_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(SERVER))
    assert main(["render", "-"]) == 0
    assert "kind: Deployment" in capsys.readouterr().out


def listed(*manifests: str) -> str:
    """As `kubectl get -o yaml` prints several objects."""
    items = [yaml.safe_load(manifest) for manifest in manifests]
    return yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": items})


def test_a_list_is_read_as_its_items(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(listed(SERVER, CONFIG_MAP))
    assert main(["render", str(file)]) == 0
    assert not capsys.readouterr().err


def test_a_mistake_in_a_list_is_told_by_its_line(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(listed(CONFIG_MAP, SERVER.replace("resnet\n", "[]\n", 1)))
    line = file.read_text().splitlines().index("      model_name: []") + 1
    assert refusal(capsys, "render", str(file)).startswith(f"{file}:{line}: ")


def test_no_anchor_is_printed(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(SERVER)
    main(["render", str(file)])
    assert "&id" not in capsys.readouterr().out


def test_other_kinds_are_named_and_skipped(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(f"{SERVER}---\nkind: Pod\nmetadata:\n  name: x\n---\nreplicas: 1\n")
    assert main(["render", str(file)]) == 0
    assert capsys.readouterr().err.splitlines() == [
        f"{file}:10: Pod x: not a ModelServer, skipped",
        f"{file}:14: document without a kind: not a ModelServer, skipped",
    ]


def test_config_maps_among_the_files_are_looked_into(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = """\
apiVersion: intel.com/v1alpha1
kind: ModelServer
metadata: {name: demo}
spec:
  models_settings:
    single_model_mode: false
    config_configmap_name: models
  autoscaling:
    enabled: true
"""
    file.write_text(f"{CONFIG_MAP}---\n{server}")
    assert main(["render", str(file)]) == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{file}:14: warning: spec.models_settings.config_configmap_name: ")
    assert line.endswith("monitoring.metrics.enable has to be true")


def test_a_namespace_among_the_files_says_which_pods_it_refuses(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    namespace = """\
kind: Namespace
metadata: {name: default, labels: {pod-security.kubernetes.io/enforce: restricted}}
"""
    host_path = "  models_repository:\n    models_host_path: /models\n"
    file.write_text(f"{namespace}---\n{SERVER}{host_path}")
    assert main(["render", str(file)]) == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{file}:13: warning: spec.models_repository.models_host_path: pods are")


def test_a_config_map_of_another_namespace_is_not_the_one_that_is_meant(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = CONFIG_MAP.replace("name: models", "name: models\n  namespace: elsewhere")
    settings = "single_model_mode: false\n    config_configmap_name: models\n    "
    server = (
        SERVER.replace("model_name", f"{settings}model_name") + "  autoscaling: {enabled: true}"
    )
    file.write_text(f"{elsewhere}---\n{server}")
    assert main(["render", str(file)]) == 0
    assert "monitoring.metrics.enable" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("addition", "line"),
    [
        ("    nireq: -1", "9: spec.models_settings.nireq: must be an integer from 0 to 4294967295"),
        ("    nireqs: 1", "9: spec.models_settings.nireqs: unknown field"),
        ("    nireq: 1\n    nireq: 2", "10: not YAML: the key nireq is given twice"),
        ("    nireq: [1", "10: not YAML: expected ',' or ']'"),
        ("  autoscaling:\n    target_ratio: 0.7", "10: spec.autoscaling.target_ratio: must be"),
        (
            "  deployment_parameters:\n    tolerations:\n      - op: Exists",
            "11: spec.deployment_parameters.tolerations[0]: must be made of effect, key, operator",
        ),
        (
            "  deployment_parameters:\n    topology_spread:\n      - maxSkew: 1\n"
            "        whenUnsatisfiable: DoNotSchedule",
            "11: spec.deployment_parameters.topology_spread[0].topologyKey: must be given, but",
        ),
        (
            "  deployment_parameters:\n    node_affinity: {requiredDuringScheduling"
            "IgnoredDuringExecution: {nodeSelectorTerms: gpu}}",
            "10: spec.deployment_parameters.node_affinity.requiredDuringSchedulingIgnored"
            'DuringExecution.nodeSelectorTerms: must be of type array, not "gpu"',
        ),
        (
            "  network_policy:\n    enabled: true\n    clients:\n      - podSelectors: {}",
            "12: spec.network_policy.clients[0]: must be made of ipBlock, namespaceSelector,",
        ),
        (
            "  autoscaling:\n    enabled: true\n    provider: keda\n    behavior:\n"
            "      scaleUp: {stabilizationWindowSeconds: 4000}",
            "13: spec.autoscaling.behavior.scaleUp.stabilizationWindowSeconds: must be",
        ),
    ],
)
def test_a_mistake_is_one_line_with_file_line_field_value_and_what_is_allowed(
    file: Path, capsys: pytest.CaptureFixture[str], addition: str, line: str
) -> None:
    file.write_text(f"{SERVER}{addition}\n")
    (printed,) = refusal(capsys, "render", str(file)).splitlines()
    assert printed.startswith(f"{file}:{line}")


def test_every_mistake_in_every_document_is_named(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = f"{SERVER}    nireq: -1\n    num_streams: many\n"
    file.write_text(f"{wrong}---\n{wrong}")
    assert len(refusal(capsys, "render", str(file)).splitlines()) == 4


def test_a_model_server_without_a_model_is_refused(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(SERVER[: SERVER.index("    model_path")])
    assert refusal(capsys, "render", str(file)) == (
        f"{file}:6: spec.models_settings.model_path: must be given unless single_model_mode is"
        " false, but is missing\n"
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"- 1\n", ":1: a manifest is a mapping with apiVersion and kind"),
        (b"just text", ":1: a manifest is a mapping with apiVersion and kind"),
        (b"\xff\xfe\x00", ": not UTF-8 text"),
        (b"a: \x01", ": not YAML: unacceptable character"),
        (b"a: !!python/object:os.system 1", ":1: not YAML: could not determine a constructor"),
        (b"? [1, 2]\n: 3", ":1: not YAML: found unhashable key"),
        (b"[" * 10_000, ": not YAML"),
        (b"", ": no ModelServer to render"),
        (b"kind: Pod", ": no ModelServer to render"),
    ],
)
def test_a_file_that_is_no_manifest_is_refused_in_a_line(
    file: Path, capsys: pytest.CaptureFixture[str], content: bytes, said: str
) -> None:
    file.write_bytes(content)
    assert refusal(capsys, "render", str(file)).splitlines()[-1].startswith(f"{file}{said}")


def test_a_missing_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "missing.yaml"
    assert refusal(capsys, "render", str(missing)) == f"{missing}: No such file or directory\n"
    assert refusal(capsys, "render", str(tmp_path)) == f"{tmp_path}: Is a directory\n"


def test_crd_prints_one_definition(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["crd"]) == 0
    (definition,) = yaml.safe_load_all(capsys.readouterr().out)
    assert definition["metadata"]["name"] == "modelservers.intel.com"


@pytest.mark.parametrize("argv", [[], ["rendr"], ["render"]])
def test_a_wrong_command_line_ends_with_code_2(argv: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(argv)
    assert caught.value.code == 2


def test_help_comes_without_the_weight_of_the_work() -> None:
    program = """
import sys
from modelserver_operator.cli import main
try:
    main(["--help"])
finally:
    print(sorted({"pydantic", "yaml", "kubernetes_validate"} & set(sys.modules)))
"""
    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert printed.stdout.splitlines()[-1] == "[]"
