"""A rendered pod template becomes a process of this machine."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelserver_operator.local.errors import CannotPlayError
from modelserver_operator.local.pods.environment import environment
from modelserver_operator.local.pods.pod import pod, process
from modelserver_operator.local.pods.processes import ProcessSpec
from modelserver_operator.local.pods.store import Store
from modelserver_operator.local.pods.volumes import (
    Mount,
    materialise,
    mounts,
    translate,
    translate_config,
)

PORTS = {"grpc": 41000, "rest": 41001}
STORE = Store(
    config_maps={"settings": {"LEVEL": b"high", "MODE": b"slow"}},
    secrets={"keys": {"token": b"s3cret"}},
)


def template(**container: object) -> dict[str, Any]:
    """A pod template of the shape that is rendered."""
    given = {
        "image": "server:1",
        "args": ["--port", "8080", "--rest_port", "8081"],
        "ports": [{"name": "grpc"}, {"name": "rest"}],
    }
    return {"spec": {"containers": [given | container]}}


def spec(**container: object) -> ProcessSpec:
    folders = {"/models": Path("/data/m"), "/config": Path("/home/r1/config")}
    return process(pod(template(**container), STORE), ["runtime"], {"PATH": "/bin"}, folders, PORTS)


def test_the_ports_are_exchanged_for_free_ones_of_the_loopback() -> None:
    assert spec().argv == (
        *("runtime", "--port", "41000", "--rest_port", "41001"),
        *("--grpc_bind_address", "127.0.0.1", "--rest_bind_address", "127.0.0.1"),
    )


def test_a_number_that_only_looks_like_a_port_stays() -> None:
    assert spec(args=["--nireq", "8080"]).argv[:3] == ("runtime", "--nireq", "8080")


def test_mount_paths_in_arguments_become_folders() -> None:
    args = ["--model_path", "/models/ocr", "--config_path", "/config/config.json"]
    argv = spec(args=args).argv
    assert argv[2] == "/data/m/ocr"
    assert argv[4] == "/home/r1/config/config.json"


def test_mount_paths_in_variables_become_folders() -> None:
    assert spec(env=[{"name": "KEY", "value": "/config/key"}]).env["KEY"] == "/home/r1/config/key"


def test_the_pods_environment_lies_over_the_machines() -> None:
    env = spec(env=[{"name": "PATH", "value": "/opt"}, {"name": "A", "value": "1"}]).env
    assert env == {"PATH": "/opt", "A": "1"}


@pytest.mark.parametrize(
    ("limit", "cores"), [("1", "1"), (2, "2"), ("500m", "0.500"), ("1.5", "1.5")]
)
def test_the_cpu_limit_is_told_in_cores(limit: object, cores: str) -> None:
    assert spec(resources={"limits": {"cpu": limit}}).env["MODELSERVER_CPU_LIMIT"] == cores


def test_without_a_cpu_limit_nothing_is_told() -> None:
    assert "MODELSERVER_CPU_LIMIT" not in spec(resources={"limits": {"memory": "1Gi"}}).env


def test_the_wait_before_the_stop_and_the_grace_are_read() -> None:
    manifest = template(lifecycle={"preStop": {"sleep": {"seconds": 5}}})
    manifest["spec"]["terminationGracePeriodSeconds"] = 60
    read = pod(manifest, STORE)
    assert (read.pre_stop, read.grace) == (5, 60)


def test_kubernetes_default_grace_is_half_a_minute() -> None:
    assert pod(template(), STORE).grace == 30


@pytest.mark.parametrize(
    ("container", "expected"),
    [
        ({"env": [{"name": "A"}]}, {"A": ""}),
        (
            {"envFrom": [{"configMapRef": {"name": "settings"}}]},
            {"LEVEL": "high", "MODE": "slow"},
        ),
        ({"envFrom": [{"prefix": "X_", "secretRef": {"name": "keys"}}]}, {"X_token": "s3cret"}),
        (
            {
                "envFrom": [{"configMapRef": {"name": "settings"}}],
                "env": [{"name": "MODE", "value": "fast"}],
            },
            {"LEVEL": "high", "MODE": "fast"},
        ),
        (
            {
                "env": [
                    {"name": "T", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "token"}}}
                ]
            },
            {"T": "s3cret"},
        ),
        ({"envFrom": [{"secretRef": {"name": "none", "optional": True}}]}, {}),
    ],
)
def test_variables_come_from_where_the_container_says(
    container: dict[str, Any], expected: dict[str, str]
) -> None:
    assert environment(container, STORE) == expected


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ({"secretKeyRef": {"name": "none", "key": "a"}}, "Secret none is needed and not among"),
        ({"configMapKeyRef": {"name": "settings", "key": "a"}}, "ConfigMap settings has no key a"),
    ],
)
def test_a_missing_source_of_a_variable_is_named(source: dict[str, Any], complaint: str) -> None:
    with pytest.raises(CannotPlayError, match=complaint):
        environment({"env": [{"name": "A", "valueFrom": source}]}, STORE)


def mounted(volume: dict[str, Any], store: Store = STORE) -> Mount:
    manifest = {"volumes": [{"name": "v", **volume}]}
    (mount,) = mounts(manifest, {"volumeMounts": [{"name": "v", "mountPath": "/v"}]}, store)
    return mount


def test_a_claim_is_the_folder_that_stands_for_it(tmp_path: Path) -> None:
    store = Store(claims={"models": tmp_path})
    mount = mounted({"persistentVolumeClaim": {"claimName": "models"}}, store)
    assert mount == Mount("v", "/v", folder=tmp_path)


def test_a_claim_that_no_folder_stands_for_names_the_option() -> None:
    with pytest.raises(CannotPlayError, match="add --claim models=DIR"):
        mounted({"persistentVolumeClaim": {"claimName": "models"}})


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    with pytest.raises(CannotPlayError, match=f"{gone} is not a folder"):
        mounted({"hostPath": {"path": str(gone), "type": "Directory"}})


def test_a_volume_that_only_a_cluster_has_is_refused_by_its_kind() -> None:
    with pytest.raises(CannotPlayError, match="volume v: csi volumes cannot be played"):
        mounted({"csi": {"driver": "x"}})


def test_config_maps_and_secrets_become_files(tmp_path: Path) -> None:
    there = [
        mounted({"configMap": {"name": "settings"}}),
        mounted({"secret": {"secretName": "keys"}}),
    ]
    folders = materialise([there[0]], tmp_path)
    assert (folders["/v"] / "LEVEL").read_text() == "high"
    folders = materialise([there[1]], tmp_path / "other")
    assert (folders["/v"] / "token").read_text() == "s3cret"


def test_an_empty_dir_is_a_folder_of_the_replicas_own(tmp_path: Path) -> None:
    folders = materialise([mounted({"emptyDir": {}})], tmp_path)
    assert list(folders["/v"].iterdir()) == []
    assert folders["/v"].is_relative_to(tmp_path)


@pytest.mark.parametrize(
    ("text", "translated"),
    [
        ("/models", "/data"),
        ("/models/", "/data/"),
        ("/models/a/b", "/data/a/b"),
        ("/modelsother", "/modelsother"),
        ("see /models", "see /models"),
        ("gs://models/a", "gs://models/a"),
        ("models/a", "models/a"),
    ],
)
def test_only_paths_at_or_below_a_mount_are_translated(text: str, translated: str) -> None:
    assert translate(text, {"/models": Path("/data")}) == translated


CONFIG = b"""{"model_config_list": [
  {"config": {"name": "/models/a",  "base_path" : "/models/a"}},
  {"config": {"name": "b", "base_path": "gs://bucket/b"}}
], "monitoring": {}}"""


def test_only_base_paths_of_a_config_file_change() -> None:
    translated = translate_config(CONFIG, {"/models": Path("/my data")})
    assert translated == CONFIG.replace(b': "/models/a"}', b': "/my data/a"}')


@given(st.binary())
def test_a_file_without_base_paths_stays_as_it_is(content: bytes) -> None:
    assert translate_config(content, {"/": Path("/elsewhere")}) == content
