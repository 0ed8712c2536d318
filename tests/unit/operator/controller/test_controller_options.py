"""What `run` can be told: by flags and by variables, and what it says of mistakes."""

import os
import subprocess
import sys
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path

import pytest

from modelserver_operator.cli import main
from modelserver_operator.controller.options import OPTIONS, add_flags, read
from modelserver_operator.controller.settings import RunSettings, run_settings
from modelserver_operator.manifests.errors import UserError
from modelserver_operator.render import Settings
from modelserver_operator.render.context import Peer


def told(*arguments: str, **environment: str) -> RunSettings:
    parser = ArgumentParser()
    add_flags(parser)
    variables = {f"MODELSERVER_OPERATOR_{name.upper()}": text for name, text in environment.items()}
    return run_settings(read(vars(parser.parse_args(arguments)), variables), {"POD_NAME": "pod"})


def test_told_nothing_rendering_is_as_it_is_without_an_operator() -> None:
    rendering = Settings()
    here = replace(rendering.operator_pods, namespace="default")
    assert told().platform == replace(rendering, operator_pods=here)


def test_a_flag_wins_over_a_variable_and_a_variable_over_the_default() -> None:
    assert told().workers == 8
    assert told(workers="7").workers == 7
    assert told("--workers=9", workers="7").workers == 9


def test_an_empty_variable_counts_as_not_set() -> None:
    assert told(workers="", runtime_image="").workers == 8


def test_everything_can_be_set() -> None:
    settings = told(
        namespaces="one,two",
        runtime_image="registry.example/runtime:1",
        runtime_user="none",
        service_monitor_labels="release=prometheus,team=ml",
        prometheus_url="http://prometheus:9090",
        prometheus_token_file=__file__,
        prometheus_ca_file=__file__,
        prometheus_insecure="true",
        keda_authentication="prometheus",
        adapter_window="none",
        leader_election="false",
        allow_host_path_cache="true",
        operator_pods="operators/app=operator",
        prometheus_pods="prom/app.kubernetes.io/name=prometheus,team=ml",
    )
    assert settings.namespaces == ("one", "two")
    assert settings.platform.runtime_image == "registry.example/runtime:1"
    assert settings.platform.runtime_user is None
    assert settings.platform.service_monitor_labels == {"release": "prometheus", "team": "ml"}
    assert settings.platform.prometheus_url == "http://prometheus:9090"
    assert settings.prometheus_token_file == settings.prometheus_ca_file == __file__
    assert settings.platform.prometheus_insecure
    assert settings.platform.keda_authentication == "prometheus"
    assert settings.platform.adapter_window is None
    assert settings.platform.allow_host_path_cache
    assert settings.platform.operator_pods == Peer("operators", {"app": "operator"})
    labels = {"app.kubernetes.io/name": "prometheus", "team": "ml"}
    assert settings.platform.prometheus_pods == Peer("prom", labels)
    assert not settings.leader_election


def test_the_lease_lies_where_its_watch_is() -> None:
    assert told(namespaces="one,two").lease_namespace == "one"
    values = read({}, {})
    assert run_settings(values, {"POD_NAMESPACE": "operators"}).lease_namespace == "operators"


def test_a_restarted_container_does_not_take_its_old_lease_for_its_own() -> None:
    assert told().identity != told().identity
    assert told().identity.startswith("pod_")


@pytest.mark.parametrize(
    ("flag", "text"),
    [
        ("--namespaces", "one,,two"),
        ("--namespaces", "One"),
        ("--runtime-user", "root"),
        ("--runtime-image", "a b"),
        ("--service-monitor-labels", "release"),
        ("--prometheus-url", "prometheus:9090"),
        ("--prometheus-token-file", "/nowhere/token"),
        ("--prometheus-insecure", "1"),
        ("--keda-authentication", "My Name"),
        ("--adapter-window", "1 minute"),
        ("--prometheus-pods", "monitoring"),
        ("--workers", "0"),
        ("--workers", "many"),
        ("--leader-election", "yes"),
        ("--port", "65536"),
        ("--log-format", "xml"),
        ("--log-level", "chatty"),
    ],
)
def test_a_mistake_is_one_line_that_names_flag_value_and_what_is_allowed(
    flag: str, text: str
) -> None:
    with pytest.raises(UserError) as caught:
        told(f"{flag}={text}")
    (line,) = caught.value.lines
    assert line.startswith(f"{flag}: must be ")
    assert line.endswith(f", not {text}")


def test_mistakes_in_variables_name_the_variable_and_are_told_all_at_once() -> None:
    with pytest.raises(UserError) as caught:
        told(workers="many", port="http")
    assert caught.value.lines == (
        "MODELSERVER_OPERATOR_WORKERS: must be a whole number from 1 to 100, not many",
        "MODELSERVER_OPERATOR_PORT: must be a whole number from 1 to 65535, not http",
    )


def test_the_command_ends_with_2_on_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--workers=many"]) == 2
    assert capsys.readouterr().err.startswith("--workers: must be ")


def test_help_names_every_flag_and_how_to_set_it_by_variable(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["run", "--help"])
    shown = capsys.readouterr().out
    assert all(option.flag in shown for option in OPTIONS)
    assert "MODELSERVER_OPERATOR_LOG_LEVEL" in shown


def test_without_a_cluster_the_command_says_where_it_looked(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "modelserver_operator", "run"],
        env={**os.environ, "KUBECONFIG": str(tmp_path / "none")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("no cluster found by KUBECONFIG, ")
