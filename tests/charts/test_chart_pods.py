"""The operator's pods: one works, the others stand by, and none has a right it doesn't need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Manifest = dict[str, Any]
Values = dict[str, Any]


@pytest.fixture
def deployment(render: Callable[..., list[Manifest]]) -> Callable[..., Manifest]:
    def made(values: Values | None = None) -> Manifest:
        (only,) = (item for item in render(values or {}) if item["kind"] == "Deployment")
        return only["spec"]

    return made


@pytest.fixture
def environment(deployment: Callable[..., Manifest]) -> Callable[..., dict[str, str]]:
    def of(settings: Values) -> dict[str, str]:
        (container,) = deployment({"settings": settings})["template"]["spec"]["containers"]
        return {each["name"]: each["value"] for each in container["env"] if "value" in each}

    return of


SETTINGS = [
    ({"namespaces": ["a", "b"]}, "NAMESPACES", "a,b"),
    ({"serviceMonitorLabels": {"release": "x", "team": "y"}}, "SERVICE_MONITOR_LABELS",
     "release=x,team=y"),
    ({"runtimeUser": 1000680000}, "RUNTIME_USER", "1000680000"),
    ({"runtimeUser": "none"}, "RUNTIME_USER", "none"),
    ({"prometheusUrl": "https://p:9090"}, "PROMETHEUS_URL", "https://p:9090"),
    ({"leaderElection": True}, "LEADER_ELECTION", "true"),
    ({"workers": 8}, "WORKERS", "8"),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "variable", "text"), SETTINGS)
def test_settings_reach_the_operator_as_it_reads_them(
    environment: Callable[..., dict[str, str]], settings: Values, variable: str, text: str
) -> None:
    assert environment(settings)[f"MODELSERVER_OPERATOR_{variable}"] == text


def test_what_is_left_empty_is_left_to_the_operator(
    environment: Callable[..., dict[str, str]],
) -> None:
    assert "MODELSERVER_OPERATOR_RUNTIME_IMAGE" not in environment({"runtimeImage": ""})


IMAGES = [
    ({}, "modelserver-operator:0.1.0"),
    ({"repository": "registry.example/op"}, "registry.example/op:0.1.0"),
    ({"tag": "next"}, "modelserver-operator:next"),
    ({"tag": "next", "digest": "sha256:" + 64 * "a"}, f"modelserver-operator@sha256:{64 * 'a'}"),
]


@pytest.mark.parametrize(("image", "name"), IMAGES)
def test_a_digest_wins_over_the_tag_and_the_tag_over_the_version(
    deployment: Callable[..., Manifest], image: Values, name: str
) -> None:
    (container,) = deployment({"image": image})["template"]["spec"]["containers"]
    assert container["image"] == name


def test_without_an_election_the_old_pod_goes_before_the_new_one_comes(
    deployment: Callable[..., Manifest],
) -> None:
    alone = deployment({"replicas": 1, "settings": {"leaderElection": False}})
    assert alone["strategy"] == {"type": "Recreate"}


def test_a_label_of_the_users_does_not_replace_one_of_the_selector(
    deployment: Callable[..., Manifest],
) -> None:
    spec = deployment({"podLabels": {"app.kubernetes.io/name": "mine", "team": "ml"}})
    labels = spec["template"]["metadata"]["labels"]
    assert spec["selector"]["matchLabels"].items() <= labels.items()
    assert labels["team"] == "ml"


def test_pods_spread_by_their_own_labels(deployment: Callable[..., Manifest]) -> None:
    spec = deployment()
    (constraint,) = spec["template"]["spec"]["topologySpreadConstraints"]
    assert constraint["labelSelector"] == spec["selector"]


def test_what_prometheus_wants_to_see_lies_in_files_of_the_pods(
    deployment: Callable[..., Manifest],
) -> None:
    pod = deployment({"prometheusSecret": "access"})["template"]["spec"]
    (volume,) = (each for each in pod["volumes"] if each.get("secret"))
    assert volume["secret"]["secretName"] == "access"
    (container,) = pod["containers"]
    (mount,) = (each for each in container["volumeMounts"] if each["name"] == volume["name"])
    assert mount["mountPath"] == "/var/run/prometheus"
