"""The command itself: how it ends, and what it says to those who mistype."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

COMMAND = str(Path(sys.executable).with_name("modelserver-operator"))
MANIFEST = """
apiVersion: intel.com/v1alpha1
kind: ModelServer
metadata: {{name: demo}}
spec:
  models_repository: {{{repository}}}
  models_settings: {{model_name: double, model_path: /models/double}}
  service_parameters: {{grpc_port: {grpc}, rest_port: {rest}}}
  deployment_parameters: {{replicas: 2}}
"""

Children = Callable[[int], list[int]]
Runs = Callable[[int], bool]


@pytest.fixture
def manifest(tmp_path: Path, ports: dict[str, int]) -> Path:
    file = tmp_path / "demo.yaml"
    file.write_text(MANIFEST.format(repository="models_volume_claim: store", **ports))
    return file


@pytest.fixture(autouse=True)
def scratch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What a killed command leaves lying about goes with the test's own files."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))


@contextmanager
def running(*arguments: object) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """The command, and all that it has said; it runs until both replicas are ready."""
    process = subprocess.Popen(
        [COMMAND, "local", *map(str, arguments)], stdout=subprocess.PIPE, text=True
    )
    said: list[str] = []
    with process:
        assert process.stdout is not None
        while sum(" ready after " in line for line in said) < 2:
            said.append(process.stdout.readline())
            assert process.poll() is None, said
        try:
            yield process, said
        finally:
            process.kill()


def gone(processes: list[int], runs: Runs) -> bool:
    """Whether all of them have ended within a moment."""
    deadline = time.monotonic() + 5
    while any(map(runs, processes)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not any(map(runs, processes))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_everything_in_order_and_leaves_the_picture(
    number: int, manifest: Path, models: Path, tmp_path: Path, children: Children, runs: Runs
) -> None:
    output = tmp_path / "timeline.svg"
    with running(manifest, "--claim", f"store={models}", "--output", output) as (process, _):
        replicas = children(process.pid)
        assert len(replicas) == 2
        time.sleep(2.1)
        process.send_signal(number)
        said, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "demo-ovms-1 gone" in said
    assert gone(replicas, runs)
    assert output.read_text().startswith("<svg")


def test_nothing_survives_a_kill(
    manifest: Path, models: Path, children: Children, runs: Runs
) -> None:
    with running(manifest, "--claim", f"store={models}") as (process, _):
        replicas = children(process.pid)
        process.kill()
    assert gone(replicas, runs)


def test_the_whole_process_group_may_be_interrupted_at_once(
    manifest: Path, models: Path, children: Children, runs: Runs
) -> None:
    """A terminal sends Ctrl-C to every process of the foreground; replicas must drain, not die."""
    with running(manifest, "--claim", f"store={models}") as (process, _):
        assert all(os.getsid(child) == child for child in children(process.pid))


def refusal(*arguments: object) -> str:
    """What the command says to input that it cannot use."""
    done = subprocess.run(
        [COMMAND, "local", *map(str, arguments)], capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 2, done
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_claim_without_a_folder_names_the_option(manifest: Path) -> None:
    line = refusal(manifest)
    assert line.count("\n") == 1
    assert "volume claim store: no folder stands for it; add --claim store=DIR" in line


def test_a_port_that_is_taken_is_named(manifest: Path, models: Path, ports: dict[str, int]) -> None:
    with socket.create_server(("127.0.0.1", ports["rest"])):
        line = refusal(manifest, "--claim", f"store={models}")
    assert line.count("\n") == 1
    assert (
        f"demo: spec.service_parameters.rest_port: cannot listen on 127.0.0.1:{ports['rest']}"
        in line
    )
    assert "address already in use" in line


def test_a_picture_of_another_form_is_refused(manifest: Path, models: Path) -> None:
    line = refusal(manifest, "--claim", f"store={models}", "--output", "timeline.png")
    assert line == "--output timeline.png: must end in .svg or .html, not .png\n"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--claim", "store"], "must be NAME=DIR, not store"),
        (["--hpa-sync-period", "0"], "must be a number of seconds above 0, not 0"),
        (["--hpa-sync-period", "nan"], "must be a number of seconds above 0, not nan"),
    ],
)
def test_an_option_that_cannot_be_read_is_named(
    manifest: Path, arguments: list[str], complaint: str
) -> None:
    assert complaint in refusal(manifest, *arguments)


def test_standard_input_cannot_be_watched() -> None:
    assert "-: give files" in refusal("-")
