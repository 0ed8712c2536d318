"""The commands of the guide to operating, typed in its order, print what it says."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from control_plane import Kubectl, eventually
from control_plane.processes import environment
from guide_steps import Step, steps
from programs import program
from real_cluster.ocr import RESOURCES, ocr

STEPS = list(steps(Path(__file__).parents[2] / "docs/guides/operating.md", "shell-session"))

SERVER = ocr(deployment_parameters={"replicas": 1, "resources": RESOURCES})


@pytest.fixture(scope="module")
def shell(shared_kubectl: Kubectl, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """The environment of somebody at work in a namespace with one ModelServer."""
    config = yaml.safe_load(shared_kubectl.kubeconfig.read_text())
    for context in config["contexts"]:
        context["context"]["namespace"] = shared_kubectl.namespace
    own = tmp_path_factory.mktemp("shell") / "kubeconfig"
    own.write_text(yaml.safe_dump(config))
    shared_kubectl.apply(SERVER)
    shared_kubectl("wait", "--for=condition=Ready", "modelserver/ocr", "--timeout=120s")
    path = f"{program('kubectl').parent}{os.pathsep}{os.environ['PATH']}"
    return environment(KUBECONFIG=str(own), PATH=path)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.command)
def test_a_command_prints_what_the_guide_says(shell: Mapping[str, str], step: Step) -> None:
    expected = re.compile(squeezed(step.pattern()))

    def printed() -> bool:
        output = squeezed(typed(step.command, shell).strip())
        assert expected.fullmatch(output), output
        return True

    eventually(printed, 90)  # what an earlier command has set off may take its time


def typed(command: str, shell: Mapping[str, str]) -> str:
    """What comes on the screen."""
    screen, both = subprocess.PIPE, subprocess.STDOUT
    command_line = ["bash", "-c", command]
    done = subprocess.run(
        command_line, env=shell, stdout=screen, stderr=both, text=True, check=False
    )
    return done.stdout


def squeezed(text: str) -> str:
    """Columns are as wide as what stands in them."""
    return re.sub(r"(\\? )+", " ", text)
