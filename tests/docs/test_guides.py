"""Every command in the guides and in the examples runs, and answers what the guide says it answers.

The block after a comment `<!-- background -->` runs on until its guide's end.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from guide_steps import steps

ROOT = Path(__file__).parents[2]
GUIDES = sorted((ROOT / "docs/guides").glob("*.md"))
EXAMPLES = sorted((ROOT / "examples").glob("*/README.md"))

_OF_MAKE = ("MAKE", "MFLAGS")


def name(guide: Path) -> str:
    return guide.parent.name if guide.stem == "README" else guide.stem


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The project as a user has it, with a build folder of its own."""
    for name in (".venv", "Makefile", "deploy", "examples", "pyproject.toml"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "build").mkdir()
    return tmp_path


@pytest.mark.parametrize("guide", [*GUIDES, *EXAMPLES], ids=name)
def test_a_guides_commands_do_what_it_says(guide: Path, folder: Path) -> None:
    with ExitStack() as stack:
        for step in steps(guide):
            if step.stays:
                stack.enter_context(staying(step.command, folder))
            else:
                output = run(step.command, folder)
                assert re.fullmatch(step.pattern(), output.rstrip("\n")), output


def environment() -> dict[str, str]:
    """A user's: the project's commands are found, and no make is at work around them."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    own = {
        key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))
    }
    return {**own, "PATH": path}


def run(command: str, folder: Path) -> str:
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


@contextmanager
def staying(command: str, folder: Path) -> Iterator[None]:
    """A command that runs until it is told to stop as by Ctrl-C, and ends in order."""
    log = folder / "background.log"
    with (
        log.open("w") as output,
        subprocess.Popen(
            shlex.split(command), cwd=folder, env=environment(), stdout=output, stderr=output
        ) as process,
    ):
        try:
            yield
        finally:
            process.send_signal(signal.SIGINT)
            status = process.wait(60)
    assert status == 0, log.read_text()


def test_the_guides_have_commands() -> None:
    assert all(list(steps(guide)) for guide in GUIDES)


def test_every_example_runs_or_names_the_guide_that_runs_it() -> None:
    folders = [path for path in (ROOT / "examples").iterdir() if path.is_dir()]
    assert {guide.parent for guide in EXAMPLES} == {each for each in folders if any(each.iterdir())}
    for guide in EXAMPLES:
        linked = re.findall(r"\]\((\.\./\.\./docs/[a-z/-]+\.md)\)", guide.read_text())
        assert linked or list(steps(guide)), guide
        assert all((guide.parent / link).is_file() for link in linked)
